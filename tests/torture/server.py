"""`classchat serve` on one port, killed and started again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import SystemRandom
from typing import IO, Any

from classchat.journal.journal_places import journal_reader
from tests.e2e import forks as _forks
from tests.e2e.forks import Forked, Forks
from tests.postgres import Cluster

CLASSCHAT = (sys.executable, "-m", "classchat")
PATIENCE = 60.0
"""The most seconds to start; the machine may be busy."""

_LISTENING = b"Waiting for connections..."


_OF_DATABASE = re.compile(
    r"^\S+ \[classchat\.journal\.worker\.Trouble#\w+\] .*\n(?:\t.*\n|\n)*", re.MULTILINE
)
"""What a server writes when its database is down, and when it is there again."""


class Refused(AssertionError):
    """The server did not start, or wrote to its standard error."""


def free_port() -> int:
    """Return a port outside the range of clients: a client could connect to itself there and keep it.

    It does not follow from a seed: two runs at once need two ports.
    """
    random = SystemRandom()
    while True:
        port = random.randrange(12_000, 30_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Server:
    """The server's process, restarted in one directory with the default journal or one in PostgreSQL.

    With `forks`, it is forked from a process that has imported ClassChat, which costs a tenth of a start.
    """

    def __init__(
        self, directory: Path, port: int, cluster: Cluster | None = None, forks: Forks | None = None
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.port = port
        self.cluster = cluster
        self.starts = 0
        self._forks = forks
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def journal(self) -> str:
        """The place of the journal: a file's path, or a URL."""
        return str(self.directory / "classchat.sqlite") if self.cluster is None else self.cluster.url()

    def last_numbers(self) -> dict[str, int]:
        """Return the number of the last message of each room."""
        with closing(journal_reader(self.journal)) as reader:
            return dict(reader.rooms())

    async def journal_file(self) -> Path:
        """Return the journal as a file, or a copy of it in one; the server must be dead."""
        if self.cluster is None:
            return Path(self.journal)
        copy = self.directory / "copy.sqlite"
        code, said = await self.runs("journal", "copy", self.journal, str(copy))
        if code:
            raise AssertionError(f"the journal can't be copied: {said}")
        return copy

    async def kill_database(self, pause: float) -> None:
        """Kill the database with all its processes, and start it again after a pause, in seconds."""
        assert self.cluster is not None
        await asyncio.to_thread(self.cluster.kill)
        await asyncio.sleep(pause)
        await asyncio.to_thread(self.cluster.start)

    def kill_connections(self) -> None:
        """Make the database end the sessions of all servers."""
        assert self.cluster is not None
        self.cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'classchat'"
        )

    async def start(self) -> None:
        """Start the server, and wait until it listens.

        Raises:
            Refused: the server ended instead, or hangs: then it has written where.
        """
        # The clients must be able to talk as fast as possible.
        serve = ("serve", "--journal", self.journal, "--limits", "off", "--port", str(self.port))
        with open(self._complaints, "ab") as complaints:
            self._process = self._begin(serve, subprocess.PIPE, complaints)
        self.starts += 1
        listening = asyncio.Event()
        console = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(console), self._process.stdout
        )
        self._reading = asyncio.create_task(self._read(console, listening))
        try:
            async with asyncio.timeout(PATIENCE):
                await listening.wait()
        except TimeoutError:
            await self.abort()
        if self._process.poll() is not None or self._reading.done():
            raise Refused(f"the server did not start: {self.complaints()}")

    async def kill(self) -> None:
        """Kill the server as `kill -9` does. Harmless if it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)
        if self._reading is not None:
            await self._reading

    async def abort(self) -> str:
        """End a server that hangs; return what it has written, at the end what each of its threads does."""
        self.signals(signal.SIGABRT)
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        return self.complaints()

    def signals(self, number: signal.Signals) -> None:
        """Send the server a signal."""
        if self._process is not None:
            os.kill(self._process.pid, number)

    def complaints(self) -> str:
        """Return everything that the server has written to its standard error."""
        said = self._complaints.read_text() if self._complaints.exists() else ""
        return said if self.cluster is None else _OF_DATABASE.sub("", said)

    async def runs(self, *command: str) -> tuple[int, str]:
        """Run another `classchat` command in the server's directory; return its exit code and output."""
        with open(self.directory / "output", "w+b") as output:
            process = self._begin(command, output, output)
            code = await asyncio.to_thread(process.wait, PATIENCE)
            output.seek(0)
            return code, output.read().decode()

    def _begin(
        self, command: tuple[str, ...], stdout: int | IO[bytes], stderr: IO[bytes]
    ) -> subprocess.Popen[bytes] | Forked:
        """Start a command in the server's directory; on SIGABRT, it writes what each of its threads does."""
        files: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": stdout, "stderr": stderr}
        there = {**os.environ, "PYTHONFAULTHANDLER": "1"}
        if self._forks is None:
            return subprocess.Popen([*CLASSCHAT, *command], cwd=self.directory, env=there, **files)
        return self._forks.start([_forks.CLASSCHAT, *command], self.directory, there, **files)

    @property
    def _complaints(self) -> Path:
        return self.directory / "complaints"

    async def _read(self, console: asyncio.StreamReader, listening: asyncio.Event) -> None:
        """Read the server's console, a pipe, to its end."""
        said = b""
        while data := await console.read(65_536):
            if not listening.is_set():
                said += data
                if _LISTENING in said:
                    listening.set()
        listening.set()
