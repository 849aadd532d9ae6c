"""Why a database did not do what it was asked: one reason for each thing that a user can do about it."""

from enum import StrEnum

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class Reason(StrEnum):
    """What keeps the archive from working; also the translation key of what the user is told."""

    FULL = "full"  # the disk, or the space the server grants
    LOCKED = "locked"  # somebody else holds the file or the table
    AWAY = "away"  # the server does not answer, the file cannot be opened, read or written
    DENIED = "denied"  # wrong user, wrong password, no such database, no right to write
    DAMAGED = "damaged"  # not a database, or a broken one
    NEWER = "newer"  # written by a newer version of this integration
    URL = "url"  # an address of no kind of database that is known here
    DRIVER = "driver"  # the Python package that speaks to this database is not installed
    BUSY = "busy"  # too many reports are waiting already
    UNSTORABLE = "unstorable"  # this very report holds a value that no database takes, and never will be stored
    CLOSED = "closed"  # not open, or not any more
    BROKEN = "broken"  # an error of ours, told in the log


class ArchiveError(Exception):
    """The archive did not do what it was asked; `reason` says why, `str()` what the database said."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep why, and what the database said."""
        super().__init__(detail or reason.value)
        self.reason = reason


#: By the low byte of SQLite's result codes.
_SQLITE = {
    5: Reason.LOCKED,
    6: Reason.LOCKED,
    8: Reason.DENIED,  # read-only
    11: Reason.DAMAGED,
    13: Reason.FULL,
    26: Reason.DAMAGED,
}
#: A full disk has no room for the file that the processes share, and SQLite calls that a failed write.
_SQLITE_NO_ROOM_TO_SHARE = 4874

#: By the beginnings of PostgreSQL's SQLSTATE codes.
_POSTGRESQL = {
    "53100": Reason.FULL,
    "55P03": Reason.LOCKED,
    "40": Reason.LOCKED,
    "57014": Reason.LOCKED,
    "28": Reason.DENIED,
    "3D": Reason.DENIED,
    "42501": Reason.DENIED,
    "25006": Reason.DENIED,
    "XX": Reason.DAMAGED,
}

#: What it says to who may not log in, for which psycopg2 has no code.
_POSTGRESQL_TURNED_AWAY = ("authentication failed", "does not exist", "no password supplied", "pg_hba.conf")

#: By MariaDB's error numbers, which MySQL shares.
_MARIADB = {
    1021: Reason.FULL,
    1041: Reason.FULL,
    1114: Reason.FULL,
    1205: Reason.LOCKED,
    1213: Reason.LOCKED,
    1044: Reason.DENIED,
    1045: Reason.DENIED,
    1049: Reason.DENIED,
    1142: Reason.DENIED,
    1290: Reason.DENIED,
    1698: Reason.DENIED,
}


def told_by(error: SQLAlchemyError) -> ArchiveError:
    """Return what an error of the database means, without the statement and the values that met it."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return ArchiveError(Reason.AWAY, type(error).__name__)
    return ArchiveError(_reason(error.orig), str(error.orig).strip())


def _reason(error: BaseException) -> Reason:
    """Return the reason by the code that the driver tells, each in its own way."""
    if (code := getattr(error, "sqlite_errorcode", None)) is not None:
        return Reason.FULL if code == _SQLITE_NO_ROOM_TO_SHARE else _SQLITE.get(code & 0xFF, Reason.AWAY)
    if error.args and isinstance(error.args[0], int):
        return _MARIADB.get(error.args[0], Reason.AWAY)
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    if isinstance(state, str):
        found = (_POSTGRESQL[start] for start in (state, state[:2]) if start in _POSTGRESQL)
        return next(found, Reason.AWAY)
    said = str(error)
    return Reason.DENIED if any(part in said for part in _POSTGRESQL_TURNED_AWAY) else Reason.AWAY
