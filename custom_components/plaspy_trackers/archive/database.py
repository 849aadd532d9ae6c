"""The database, as threads see it: every call blocks, and raises ArchiveError where the database fails.

A report counts as stored once a commit has come back. SQLite keeps a write-ahead log and, with `synchronous=FULL`,
waits at each commit until that log is on the disk: it stands a kill at any moment and a power cut. `NORMAL` would only
stand the kill, because it may lose the last commits to a power cut. Measured on a virtual disk, a commit of one report
takes 0.3 to 4 ms with FULL, by what else the disk does, and 0.01 ms with NORMAL; on a memory card it is the card's
time to flush, tens of milliseconds, which many reports share. PostgreSQL is told to wait for its own log, too. MariaDB
does unless its administrator has changed `innodb_flush_log_at_trx_commit`, which no client can change back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, SQLAlchemyError, StatementError

from .errors import ArchiveError, Reason, told_by
from .rows import COLUMNS, Entry, Key, Values, decode, milliseconds, moment
from .schema import DEVICES, PROTOCOLS, REPORTS, insert_new, prepare

#: Seconds until a server that does not answer counts as away: to connect, and for one statement.
CONNECT_TIMEOUT = 10
ANSWER_TIMEOUT = 60

#: Kinds of databases, each with the packages that speak to it as is done here.
DRIVERS = {
    "sqlite": {"pysqlite"},
    "postgresql": {"psycopg2", "psycopg"},
    "mysql": {"mysqldb", "pymysql"},
    "mariadb": {"mysqldb", "pymysql"},
}

#: Bytes that SQLite's log keeps on the disk after it was emptied, and that each connection keeps of the file.
KEPT_LOG = 16 * 1024 * 1024
CACHE = 8 * 1024 * 1024

#: An administrator may have asked for more than `on`, and that is left alone.
_POSTGRESQL_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)

#: Connections: one that writes, two that read, and one to spare.
CONNECTIONS = 4

#: What a statement raises for a value that no column takes.
_REFUSED = (DataError, IntegrityError, OverflowError, ValueError)


@dataclass(slots=True)
class Draft:
    """A row that is to be stored: its device and protocol by name, and the rest of it."""

    device_id: str
    protocol: str
    values: Values


def describe(url: str) -> str:
    """Return an address as it may be shown: the file, or without the password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return "?"
    return parsed.database or "?" if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()


class Database:
    """The tables at an address, made or brought to this version when they are first needed."""

    def __init__(self, url: str, patience: float) -> None:
        """Take an address; `patience` is how many seconds to wait for a lock. ArchiveError for one that is no use."""
        self._url = _parsed(url)
        self._patience = patience
        self._engine = self._create_engine()
        self._writer = self._engine.execution_options(writes=True)
        self._insert = insert_new(REPORTS, self._dialect)
        # SQLAlchemy spells such a statement out anew each time, which takes as long as SQLite's whole commit.
        self._spelt_out = str(self._insert.compile(dialect=sqlite.dialect(paramstyle="named"))) if self.path else None
        self._ids: dict[str, dict[str, int]] = {}
        self._ready = False
        self._made = False
        self._inode: int | None = None

    @property
    def path(self) -> Path | None:
        """The file, if it is one."""
        return Path(self._url.database or "") if self._dialect == "sqlite" else None

    def close(self) -> None:
        """End all connections that are not in use."""
        self._engine.dispose()

    def prepare(self) -> None:
        """Make sure that the tables are there, and of this version."""
        if self._ready and self._inode == self._find_inode():
            return
        # What was remembered is of another file, or of before the server was away.
        self._engine.dispose()
        self._forget_ids()
        with self._writing() as connection:
            prepare(connection)
        self._inode = self._find_inode()
        self._ready = self._made = True

    def store(self, drafts: Sequence[Draft]) -> dict[int, ArchiveError]:
        """Commit rows, all at once; return, by their index, those that will never be stored.

        Rows that are there already are left as they are. ArchiveError: none of the rows is stored.
        """
        self.prepare()
        try:
            try:
                self._commit(drafts)
            except IntegrityError:
                # Another process may have forgotten a device, and with it the number that we remember.
                self._commit(drafts)
        except _REFUSED as error:
            if len(drafts) == 1:
                return {0: ArchiveError(Reason.UNSTORABLE, type(error).__name__)}
        else:
            return {}
        # One that is refused must not keep the others out.
        alone = [self.store([draft]).get(0) for draft in drafts]
        return {index: refusal for index, refusal in enumerate(alone) if refusal is not None}

    def read(
        self,
        device_id: str,
        start: datetime | None,
        end: datetime | None,
        *,
        limit: int | None,
        after: Key | None,
        fixes_only: bool,
        alarms_only: bool,
    ) -> list[Entry]:
        """Return a device's entries from `start` until before `end`, and after a key, in the order of time."""
        with self._reading() as connection:
            device = _find(connection, DEVICES, device_id)
            if device is None:
                return []
            table = REPORTS.c
            query = select(*COLUMNS).where(table.device == device).order_by(table.time, table.kind)
            if start is not None:
                query = query.where(table.time >= milliseconds(start))
            if end is not None:
                query = query.where(table.time < milliseconds(end))
            if after is not None:
                query = query.where(table.time >= after.time, (table.time > after.time) | (table.kind > after.kind))
            if fixes_only:
                query = query.where(table.latitude.is_not(None))
            if alarms_only:
                query = query.where(table.alarms.is_not(None))
            rows = connection.execute(query.limit(limit)).all()
            protocols = dict(connection.execute(select(PROTOCOLS)).tuples().all())
        return decode(device_id, protocols, rows)

    def span(self, device_id: str) -> tuple[datetime, datetime] | None:
        """Return the times of a device's oldest and newest report."""
        with self._reading() as connection:
            device = _find(connection, DEVICES, device_id)
            of_device = REPORTS.c.device == device
            # Two questions: asked for both at once, SQLite goes through all rows.
            oldest, newest = (
                connection.execute(select(end(REPORTS.c.time)).where(of_device)).scalar()
                for end in (func.min, func.max)
            )
        return None if oldest is None or newest is None else (moment(oldest), moment(newest))

    def count(self, device_id: str | None, start: datetime | None = None, end: datetime | None = None) -> int:
        """Return how many reports there are of a device, or of all, from `start` until before `end`."""
        query = select(func.count()).select_from(REPORTS)
        if device_id is not None:
            query = query.join(DEVICES).where(DEVICES.c.name == device_id)
        if start is not None:
            query = query.where(REPORTS.c.time >= milliseconds(start))
        if end is not None:
            query = query.where(REPORTS.c.time < milliseconds(end))
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    def devices(self) -> list[str]:
        """Return the ids of all devices that have reports."""
        with self._reading() as connection:
            return list(connection.execute(select(DEVICES.c.name).order_by(DEVICES.c.name)).scalars())

    def delete(self, device_id: str, before: datetime | None, most: int) -> int:
        """Delete about `most` of a device's reports, its oldest; return how many. One without any is forgotten."""
        self.prepare()
        table = REPORTS.c
        with self._writing() as connection:
            device = _find(connection, DEVICES, device_id)
            if device is None:
                return 0
            old = [table.device == device]
            if before is not None:
                old.append(table.time < milliseconds(before))
            times = select(table.time).where(*old).order_by(table.time).offset(most - 1).limit(1)
            last = connection.execute(times).scalar()
            if last is not None:
                old.append(table.time <= last)
            deleted = connection.execute(REPORTS.delete().where(*old)).rowcount
            if before is None and last is None:
                connection.execute(DEVICES.delete().where(DEVICES.c.id == device))
                self._ids[DEVICES.name].pop(device_id, None)
        return deleted

    def checkpoint(self) -> None:
        """Move all that SQLite's log holds into the file, which then is whole by itself."""
        self.prepare()
        with _told():
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone() or (0,)
                cursor.close()
            finally:
                connection.close()
        if busy:
            raise ArchiveError(Reason.LOCKED, "somebody reads the file, and its log cannot be emptied")

    def _commit(self, drafts: Sequence[Draft]) -> None:
        """Insert rows in one transaction."""
        with self._writing() as connection:
            rows = [
                {
                    "device": self._id(connection, DEVICES, draft.device_id),
                    "protocol": self._id(connection, PROTOCOLS, draft.protocol),
                    **draft.values,
                }
                for draft in drafts
            ]
            if rows and self._spelt_out:
                connection.exec_driver_sql(self._spelt_out, rows)
            elif rows:
                connection.execute(self._insert, rows)

    def _id(self, connection: Connection, table: Table, name: str) -> int:
        """Return the number of a name; a new one gets one, and keeps it only if this transaction is committed."""
        ids = self._ids[table.name]
        if name not in ids:
            connection.execute(insert_new(table, self._dialect), {"name": name})
            found = _find(connection, table, name)
            assert found is not None
            ids[name] = found
        return ids[name]

    def _forget_ids(self) -> None:
        """Forget the numbers of all names."""
        self._ids = {DEVICES.name: {}, PROTOCOLS.name: {}}

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end; what fails is made sure of again before the next."""
        done = False
        try:
            with _told(), self._writer.begin() as connection:
                yield connection
            done = True
        except ArchiveError as error:
            self._ready &= error.reason in {Reason.LOCKED, Reason.FULL}
            raise
        finally:
            if not done:
                # A number that was given to a name may be taken back.
                self._forget_ids()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the tables; ArchiveError while they have not been made."""
        if not self._made:
            raise ArchiveError(Reason.AWAY, "the database has not been opened yet")
        with _told(), self._engine.begin() as connection:
            yield connection

    @property
    def _dialect(self) -> str:
        """The kind of database."""
        return self._engine.dialect.name

    def _find_inode(self) -> int | None:
        """Return what tells the file from one that was put in its place; None if it is not there, or is no file."""
        if self.path is None:
            return None
        try:
            return self.path.stat().st_ino
        except OSError:
            return None

    def _create_engine(self) -> Engine:
        """Return connections to be, with bounded waits."""
        kind = self._url.get_backend_name()
        if kind == "sqlite":
            return self._create_sqlite()
        arguments = {"connect_timeout": CONNECT_TIMEOUT}
        if kind == "postgresql":
            # A cable that was pulled out answers nothing: without these, not for hours.
            arguments |= {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
            arguments |= {"tcp_user_timeout": ANSWER_TIMEOUT * 1000}
        else:
            arguments |= {"read_timeout": ANSWER_TIMEOUT, "write_timeout": ANSWER_TIMEOUT}
        engine = _engine(self._url, arguments | ({"charset": "utf8mb4"} if kind != "postgresql" else {}))
        lock = max(1, round(self._patience))
        statements = (
            (_POSTGRESQL_DURABLE, f"SET lock_timeout = '{lock}s'")
            if kind == "postgresql"
            else (f"SET SESSION innodb_lock_wait_timeout = {lock}",)
        )
        event.listen(engine, "connect", _running(statements))
        return engine

    def _create_sqlite(self) -> Engine:
        """Return connections to a file, which is locked from the beginning of what writes."""
        engine = _engine(self._url, {"timeout": self._patience})
        statements = (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            f"PRAGMA journal_size_limit = {KEPT_LOG}",
            f"PRAGMA cache_size = -{CACHE // 1024}",
        )
        run = _running(statements)

        def set_up(connection: DBAPIConnection, record: object) -> None:
            connection.isolation_level = None
            run(connection, record)

        def begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", begin)
        return engine


def _parsed(url: str) -> URL:
    """Return an address of a kind that is known; ArchiveError for any other."""
    try:
        parsed = make_url(url)
        kind, driver = parsed.get_backend_name(), parsed.get_driver_name()
    except ArgumentError:
        raise ArchiveError(Reason.URL, "not the address of a database") from None
    if driver not in DRIVERS.get(kind, ()):
        raise ArchiveError(Reason.URL, f"{kind}+{driver} is no database that is known here")
    if kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ArchiveError(Reason.URL, "what is kept in memory is lost")
    return parsed


def _engine(url: URL, arguments: Mapping[str, object]) -> Engine:
    """Return an engine; ArchiveError if its driver is not there."""
    try:
        return create_engine(
            url,
            connect_args=dict(arguments),
            # Neither a log nor an error is to hold where somebody was.
            hide_parameters=True,
            pool_size=CONNECTIONS,
            pool_timeout=CONNECT_TIMEOUT,
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise ArchiveError(Reason.DRIVER, str(error)) from error


def _running(statements: Sequence[str]) -> Callable[[DBAPIConnection, object], None]:
    """Return what runs statements on a new connection."""

    def run(connection: DBAPIConnection, record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    return run


def _find(connection: Connection, table: Table, name: str) -> int | None:
    """Return the number of a name."""
    number: int | None = connection.execute(select(table.c.id).where(table.c.name == name)).scalar()
    return number


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the database cannot do into an ArchiveError; what a value is to blame for passes."""
    try:
        yield
    except DataError, IntegrityError:
        raise
    except StatementError as error:
        # What a driver says of a value, before the database has seen it.
        if isinstance(error.orig, _REFUSED):
            raise error.orig from error
        raise told_by(error) from error
    except SQLAlchemyError as error:
        raise told_by(error) from error
