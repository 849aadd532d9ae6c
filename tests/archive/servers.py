"""Database servers of one test run: each in a folder of its own, reached by a socket in it, gone afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import subprocess
import tempfile
from typing import ClassVar, override

import pytest

#: Servers refuse to run as root.
SERVANT = "nobody" if os.geteuid() == 0 else None


class Server(ABC):
    """A server that can be stopped at once, as by a crash, and started again."""

    url: ClassVar[str]
    driver: ClassVar[str]
    programs: ClassVar[tuple[str, ...]]
    places: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path) -> None:
        """Take a folder that is empty."""
        self.folder = folder

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Server]:
        """Start a server in a folder of its own; skip the test where there is none."""
        if find_spec(cls.driver) is None:
            pytest.skip(f"no {cls.driver} here")
        if missing := [name for name in cls.programs if cls.find(name) is None]:
            pytest.skip(f"no {missing[0]} here")
        with tempfile.TemporaryDirectory(prefix="plaspy_") as name:
            if SERVANT is not None:
                shutil.chown(name, SERVANT)
            server = cls(Path(name))
            server.make()
            server.start()
            try:
                yield server
            finally:
                server.stop()

    @classmethod
    def find(cls, program: str) -> str | None:
        """Return where a program lies, the newest first."""
        folders = [str(path) for place in cls.places for path in sorted(Path("/").glob(place), reverse=True)]
        return shutil.which(program, path=os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)]))

    def run(self, *command: str) -> None:
        """Run a program of the server's, and show what it said if it failed."""
        program = self.find(command[0])
        assert program is not None
        log = self.folder / "log"
        with log.open("ab") as output:
            done = subprocess.run(
                [program, *command[1:]], stdout=output, stderr=output, user=SERVANT, cwd=self.folder, check=False
            )
        assert not done.returncode, log.read_text("utf-8", "replace")

    @property
    def address(self) -> str:
        """Where an archive finds the server's database."""
        return self.url.format(self.folder)

    @abstractmethod
    def make(self) -> None:
        """Make an empty database."""

    @abstractmethod
    def start(self) -> None:
        """Start, and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop without a farewell."""


class Postgresql(Server):
    """PostgreSQL, of Debian's package `postgresql`."""

    url = "postgresql://plaspy@/postgres?host={0}"
    driver = "psycopg2"
    programs = ("initdb", "pg_ctl")
    places = ("usr/lib/postgresql/*/bin",)

    @override
    def make(self) -> None:
        self.run("initdb", "-D", "data", "-U", "plaspy", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    @override
    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self.run("pg_ctl", "start", "-w", "-D", "data", "-o", options)

    @override
    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-D", "data", "-m", "immediate")


class Mariadb(Server):
    """MariaDB, of Debian's package `mariadb-server-core`."""

    url = "mysql+pymysql://root@/plaspy?unix_socket={0}/socket"
    driver = "pymysql"
    programs = ("mariadbd",)
    places = ("usr/sbin",)

    _process: subprocess.Popen[bytes] | None = None

    @override
    def make(self) -> None:
        program = self.find("mariadbd")
        assert program is not None
        base = Path(program).parent.parent
        self._command = [
            program,
            "--no-defaults",
            "--skip-grant-tables",
            "--skip-networking",
            f"--basedir={base}",
            f"--lc-messages-dir={base}/share/mysql",
            f"--datadir={self.folder}/data",
            f"--socket={self.folder}/socket",
            f"--pid-file={self.folder}/pid",
        ]
        (self.folder / "data" / "plaspy").mkdir(parents=True)
        if SERVANT is not None:
            shutil.chown(self.folder / "data", SERVANT)
            shutil.chown(self.folder / "data" / "plaspy", SERVANT)
        # What it makes at its first start is on the disk only when it ends in peace.
        self.start()
        assert self._process is not None
        self._process.terminate()
        self._process.communicate()

    @override
    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, user=SERVANT, cwd=self.folder)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line.decode("utf-8", "replace"))
            if b"ready for connections" in line:
                return
        raise AssertionError("".join(said))

    @override
    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
