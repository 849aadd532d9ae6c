"""The tables, and how those of an older version become them.

`plaspy_reports` holds a row for each report, clustered by (device, time, kind) where the database can do that; times
are milliseconds since 1970 in UTC. The names of devices and protocols stand once, in tables of their own.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Insert,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from .errors import ArchiveError, Reason

METADATA = MetaData()

#: Ids are compared byte by byte, as trackers mean them, and a value that is too long is refused, not cut.
_MARIADB: dict[str, Any] = {
    f"{name}_{key}": value
    for name in ("mysql", "mariadb")
    for key, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}

#: JSON, in which a NUL is spelt out: PostgreSQL takes none in a text.
_JSON = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

SCHEMA = Table("plaspy_schema", METADATA, Column("version", Integer, nullable=False), **_MARIADB)

DEVICES = Table(
    "plaspy_devices",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    **_MARIADB,
)

PROTOCOLS = Table(
    "plaspy_protocols",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    **_MARIADB,
)

REPORTS = Table(
    "plaspy_reports",
    METADATA,
    Column("device", Integer, ForeignKey(DEVICES.c.id), nullable=False),
    #: The report's own time: its fix's, else its clock's, else when it arrived.
    Column("time", BigInteger, nullable=False),
    #: Tells apart what a tracker said of one moment; the same for a report that is sent again.
    Column("kind", Integer, nullable=False),
    #: From `time` to the tracker's clock, and to the arrival.
    Column("clock", BigInteger),
    Column("delay", BigInteger, nullable=False),
    Column("protocol", Integer, nullable=False),
    Column("buffered", Boolean(create_constraint=False), nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("altitude", Double),
    Column("speed", Double),
    Column("course", Double),
    Column("satellites", Integer),
    Column("hdop", Double),
    Column("accuracy", Double),
    Column("source", SmallInteger),
    #: Names, joined by commas.
    Column("alarms", _JSON),
    Column("readings", _JSON),
    #: Alarm codes, cells, access points, beacons, text.
    Column("rest", _JSON),
    PrimaryKeyConstraint("device", "time", "kind"),
    sqlite_with_rowid=False,
    **_MARIADB,
)

#: What makes of a database of version n one of version n + 1, from version 1 on. Where the database can do that, each
#: is done as a whole or not at all; MariaDB commits every change of a table by itself, so each has to bear repetition.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()


def prepare(connection: Connection) -> None:
    """Create the tables, or bring them to this version; ArchiveError if they are of a newer one."""
    version = version_of(connection)
    newest = len(MIGRATIONS) + 1
    if version is None:
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=newest))
        return
    if version > newest:
        raise ArchiveError(Reason.NEWER, f"the database is of version {version}, and {newest} is the newest known")
    for done, migrate in enumerate(MIGRATIONS[version - 1 :], version + 1):
        migrate(connection)
        connection.execute(SCHEMA.update().values(version=done))


def version_of(connection: Connection) -> int | None:
    """Return the version of the tables; None where they are not, or not all, made."""
    if not inspect(connection).has_table(SCHEMA.name):
        return None
    version: int | None = connection.execute(select(func.max(SCHEMA.c.version))).scalar()
    return version


def insert_new(table: Table, dialect: str) -> Insert:
    """Return the statement that adds a row, and does nothing where its key is there already.

    MariaDB's own `INSERT IGNORE` would also cut what is too long and store zero for what is no number.
    """
    match dialect:
        case "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing()
        case "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        case _:
            same = next(iter(table.primary_key.columns))
            return mysql.insert(table).on_duplicate_key_update({same.name: same})
