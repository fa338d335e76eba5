"""A PostgreSQL server for tests: started once in each process that needs it, in a folder of its own."""

from __future__ import annotations

import atexit
import fcntl
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.in_memory import place
from tests.tools import ROOT, tool

FAST = ("fsync=off", "full_page_writes=off")
"""Settings of a server that no test kills; it is kept in memory, if there is room."""

_KEPT = ROOT / ".pytest_cache"
"""Where the files of a new server are kept for later runs."""

_SMALL = (
    "listen_addresses=",
    "shared_buffers=8MB",
    "max_connections=60",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=64MB",
    "dynamic_shared_memory_type=mmap",  # in its folder: else a server that a test kills leaves some in memory
)


class Cluster:
    """A PostgreSQL server on a socket in a temporary folder, which goes with it."""

    def __init__(self, *settings: str) -> None:
        self._programs = Path(tool("initdb")).resolve().parent
        self._settings = settings
        where = place() if "fsync=off" in settings else "/tmp"  # noqa: S108 (the path of a socket is short)
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=where))
        self._user = _unprivileged()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._owner = os.getpid()
        self._running = False
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        """Copy the files of a new server, which are made once: that takes a second of a processor."""
        made = _KEPT / f"postgres-{self._user}-{_fingerprint(self._programs / 'initdb')}"
        _KEPT.mkdir(exist_ok=True)
        with open(_KEPT / "postgres.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if made.exists():
                _copy(made, self._folder / "data")
                return
            self._run("initdb", "-D", "data", "-U", "chat", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
            _copy(self._folder / "data", unfinished := made.with_suffix(".unfinished"))
            unfinished.rename(made)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        settings = " ".join(f"-c {each}" for each in (*_SMALL, *self._settings))
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-k {self._folder} {settings}", "start")
        self._running = True

    def kill(self) -> None:
        """Kill the server with all of its processes, and wait for their end."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        ends = []
        for process in (first, *map(int, children)):
            with suppress(ProcessLookupError):
                ends.append(os.pidfd_open(process))
                os.kill(process, signal.SIGKILL)
        for end in ends:
            assert select.select([end], [], [], 30)[0], "a process of PostgreSQL does not end"
            os.close(end)
        for left in (self._folder / "data" / "postmaster.pid", *self._folder.glob(".s.PGSQL*.lock")):
            left.unlink()  # a process that is dead, and not collected yet, counts as running
        self._running = False

    def ask_for_passwords(self) -> None:
        """Require a password from everybody, from now on."""
        (self._folder / "data" / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        self._run("pg_ctl", "-D", "data", "-w", "-m", "fast", "stop")
        self.start()

    @property
    def host(self) -> str:
        """The folder of the socket, which is libpq's host."""
        return str(self._folder)

    def close(self) -> None:
        """Stop the server and delete its folder. Harmless twice."""
        if os.getpid() != self._owner:
            return
        if self._running:
            self._running = False
            self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, schema: str = "public") -> str:
        """Return the URL of a journal in a schema."""
        options = quote(f"-csearch_path={schema}", safe="")
        return f"postgresql://chat@/postgres?host={quote(str(self._folder), safe='')}&options={options}"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in a session of its own."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self, url: str) -> Iterator[Any]:
        """Open a transaction on a journal for the body, and roll it back."""
        import psycopg

        with psycopg.connect(url) as connection:
            yield connection
            connection.rollback()

    def new_journal(self, name: str) -> str:
        """Return the URL of a journal in a schema of its own, which is made the first time."""
        schema = f"t{md5(name.encode(), usedforsecurity=False).hexdigest()}"
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        return self.url(schema)


class Standby(Cluster):
    """A copy of a server, which follows it and can take over."""

    def __init__(self, primary: Cluster, *settings: str) -> None:
        self._primary = primary
        super().__init__(*settings)

    def _make(self) -> None:
        self._run("pg_basebackup", "-D", "data", "-h", self._primary.host, "-U", "chat", "-R", "-c", "fast")

    def take_over(self) -> None:
        """Become a server that can be written to, and wait until it is."""
        self._run("pg_ctl", "-D", "data", "-w", "promote")

    def url(self, schema: str = "public") -> str:
        """Return the URL of a journal on whichever of both servers can be written to."""
        host, both = (quote(each, safe="") for each in (self.host, f"{self._primary.host},{self.host}"))
        return f"{super().url(schema).replace(host, both)}&target_session_attrs=read-write"


def _fingerprint(program: Path) -> str:
    """Return what differs between two versions of a program."""
    about = f"{program} {program.stat().st_size} {program.stat().st_mtime}"
    return md5(about.encode(), usedforsecurity=False).hexdigest()[:8]


def _copy(folder: Path, place: Path) -> None:
    """Copy a folder with its owners and rights, in place of what another copy has left there."""
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run(["cp", "-a", folder, place], check=True, timeout=60)


def _unprivileged() -> str | None:
    """Return the user for a server, which refuses to run as root; None for the user of the tests."""
    if os.geteuid():
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@cache
def shared_cluster() -> Cluster:
    """Return the server of all tests in this process that do not kill it."""
    cluster = Cluster(*FAST)
    atexit.register(cluster.close)
    return cluster
