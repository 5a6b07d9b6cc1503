"""A PostgreSQL of one's own: a throw-away cluster on a free port of loopback.

``python -m tests.support.postgres COMMAND …`` runs a command while one is there; the tests find it by the environment.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

VARIABLE = "ATELIER_TEST_DATABASE_URL"
"""Names a server on which the tests may make and drop databases."""
_PATIENCE_S = 30
_FAST = ("fsync=off", "full_page_writes=off", "jit=off", "deadlock_timeout=100ms")
"""What is in it need not survive."""


def installed() -> Path | None:
    """Where the programs of the newest PostgreSQL are, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    return found[-1] if found else Path(initdb).parent if initdb else None


class Cluster:
    """One server with a folder of its own, owned by the user ``postgres`` where we are root (it refuses to be)."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Initialise the folder."""
        command = ["initdb", "-D", str(self._folder / "data"), "-U", "atelier", "--auth=trust", "--no-sync"]
        self._run([*command, "--encoding=UTF8", "--locale=C.UTF-8"]).wait()

    def start(self, settings: Sequence[str] = _FAST) -> None:
        """Start, and wait until it lets somebody in."""
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"]
        given = [f"-c{option}" for option in (*options, *settings)]
        self._server = self._run(["postgres", "-D", str(self._folder / "data"), *given])
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._server.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End: SIGINT cuts everybody off, SIGQUIT is as a crash."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(_PATIENCE_S)
            self._server = None

    @property
    def running(self) -> bool:
        return self._server is not None

    @property
    def pid(self) -> int:
        """Of the process that started all others of the server."""
        assert self._server is not None
        return self._server.pid

    def url(self, database: str) -> str:
        return f"postgresql://atelier@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new database without tables."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def cut_off(self, database: str) -> int:
        """End all connections to the database of an address, as an administrator does; gives how many there were."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute(query, (database.rpartition("/")[2],)).fetchone()
        return found[0] if found else 0

    def _run(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / command[0]), *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                cwd="/",
            )


@contextmanager
def cluster(settings: Sequence[str] = _FAST) -> Generator[Cluster]:
    """A server that runs; its folder is deleted with it. Raises ``FileNotFoundError`` where none is installed."""
    programs = installed()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="atelier-postgres-", ignore_cleanup_errors=True) as folder:
        server = Cluster(programs, Path(folder))
        server.make()
        server.start(settings)
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nobody needs what is in it


def main(command: Sequence[str]) -> int:
    """Run a command beside a server; gives its exit status."""
    signal.signal(signal.SIGTERM, _terminated)  # else the server would be left behind
    with cluster() as server:
        return subprocess.run(command, env={**os.environ, VARIABLE: server.url("postgres")}, check=False).returncode


def _terminated(number: int, _: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
