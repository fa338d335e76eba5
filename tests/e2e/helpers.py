"""The plumbing of this tier: processes, terminals with a screen, blocking sockets, all with a time limit."""

from __future__ import annotations

import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

import pexpect
import pyte
from argon2 import PasswordHasher
from wcwidth import wcwidth

from classchat.asking import AskingOptions, asked
from classchat.control_messages import ChangeAccount
from tests.e2e import forks as _forks
from tests.e2e.forks import Forked, ForkedTerminal, Forks, can_fork

PATIENCE = 60.0
"""Seconds that a test waits for an event that should come at once; the machine may be busy."""

CLASSCHAT = (_forks.CLASSCHAT,)
PLAIN = (*CLASSCHAT, "--plain")
TWISTD = (_forks.TWISTD,)
PYTHON_M_CLASSCHAT = (sys.executable, "-m", "classchat")

ROWS, COLUMNS = 200, 132

ASK_HOST = "Enter server IP address (default: 127.0.0.1): "
ASK_PORT = "Enter server port (default: 5555): "
ASK_NAME = "Enter your username: "
PROMPT = "You: "
DISCONNECTED = "[CLIENT] Disconnected from server"
SHUTTING_DOWN = "[ERROR] The server is shutting down. Please come back later."

BANNER = [
    "",
    "============================================================",
    "ClassChat Commands:",
    "  /private <username> <message>  - Send private message",
    "  /group <room_name> <message>   - Send group message",
    "  /create <room_name>            - Create a chat room",
    "  /join <room_name>              - Join a chat room",
    "  /quit                          - Quit the application",
    "============================================================",
    "",
]


_NOT_OURS = ("COLUMNS", "LINES", "PYTHONUNBUFFERED", "NO_COLOR", "COLORTERM", "XTERM_VERSION", "STY")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process: ours, with a known kind and size of terminal, and another home."""
    plain = {
        key: value for key, value in os.environ.items() if key not in _NOT_OURS and not key.startswith("XDG_")
    }
    return {**plain, "HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", **more}


def greeting(name: str, port: int) -> list[str]:
    """Return the output of a signed-in client."""
    return [
        f"[CLIENT] Connected to server at 127.0.0.1:{port}",
        f"[SUCCESS] Welcome to ClassChat, {name}!",
        *BANNER,
    ]


def piped_greeting(name: str, port: int) -> list[str]:
    """Return the output of a signed-in client in pipes."""
    return greeting(name, port)[:2]


def sign_in(name: str, port: int) -> list[str]:
    """Return the screen after the three answers, down to the first prompt."""
    return [ASK_HOST.rstrip(), f"{ASK_PORT}{port}", f"{ASK_NAME}{name}", *greeting(name, port)]


STARTED = [
    "[SERVER] Server started on 127.0.0.1:NNNN",
    "[SERVER] Waiting for connections...",
    "[SERVER] Certificate fingerprint: sha256:FFFF",
    "[SERVER] Join with: classchat NAME@127.0.0.1:NNNN#sha256:FFFF",
    "[SERVER] Browser: http://127.0.0.1:NNNN/",
    "[SERVER] IRC clients may join at the same address and port",
    "[SERVER] Only this machine can connect. To accept other machines, start the server with:"
    " classchat serve 0.0.0.0 NNNN",
    "[SERVER] Journal: JJJJ",
]
"""The first lines of every console: those of the README, and then the line to join with."""


def without_ports(lines: list[str]) -> list[str]:
    """Return the console's lines with NNNN for every port, FFFF for fingerprints, JJJJ for the journal."""
    text = re.sub(r"(127\.0\.0\.1(?:', |:)|serve 0\.0\.0\.0\s)\d+", r"\1NNNN", "\n".join(lines))
    text = re.sub(r"Journal: /[^\n]*", "Journal: JJJJ", text)
    return re.sub(r"sha256:(?:[0-9a-f]\n?){64}(?<!\n)", "sha256:FFFF", text).split("\n")


def wait_for_end(pid: int, what: object) -> None:
    """Wait until a process has ended, even if it is not our child."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([watch], [], [], PATIENCE)
    finally:
        os.close(watch)
    assert ready, f"{what} is still running: {_state(pid)}"


def _state(pid: int) -> str:
    """Return what the system knows of a process that should have ended."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return ", ".join(re.findall(r"^(?:State|Threads|\w+Pnd|SigBlk|SigCgt):.*", status, re.MULTILINE))
    return "it has ended meanwhile"


def _connectable(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Process:
    """A command with pipes for input and output; tests can wait for its lines."""

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        *,
        stdin: int | IO[Any] = subprocess.PIPE,
        stdout: int | IO[Any] = subprocess.PIPE,
        closed: Sequence[int] = (),
        forks: Forks | None = None,
    ) -> None:
        """Start it, with some of its three files closed; by forking, if `forks` can run it."""
        self.command = list(command)
        self.directory = cwd
        self.out = b""
        self.err = b""
        self._grown = threading.Condition()
        self._open: set[str] = set()
        files = {"stdin": stdin, "stdout": stdout, "stderr": subprocess.PIPE}
        self._process: subprocess.Popen[bytes] | Forked
        if forks is not None and can_fork(self.command):
            self._process = forks.start(self.command, cwd, environment(cwd), **files, closed=closed)
        else:
            if closed:
                closing = " ".join(f"{fd}>&-" for fd in closed)
                self.command = ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *self.command]
            self._process = subprocess.Popen(self.command, cwd=cwd, env=environment(cwd), **files)
        self.pid = self._process.pid
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("out", self._process.stdout), ("err", self._process.stderr))
            if pipe is not None
        ]
        for reader in self._readers:
            reader.start()

    @property
    def lines(self) -> list[str]:
        """The complete lines printed so far."""
        return self.out.decode().split("\n")[:-1]

    def sees(self, line: str) -> None:
        """Wait for a line on its output."""
        self.wait(lambda: line in self.lines, line)

    def comes_to(self, expected: list[str], reading: Callable[[list[str]], list[str]] = list) -> list[str]:
        """Return all lines as soon as they are the expected ones, or after PATIENCE in any case."""
        with self._grown:
            self._grown.wait_for(lambda: reading(self.lines) == expected, PATIENCE)
        return reading(self.lines)

    def complains(self, part: str) -> None:
        """Wait for a text on its standard error."""
        self.wait(lambda: part in self.err.decode(), part)

    def wait(self, condition: Callable[[], bool], what: object) -> None:
        """Wait until a condition on its output holds."""
        with self._grown:
            assert self._grown.wait_for(condition, PATIENCE), f"no {what!r} from {self}"

    def listens_at(self, path: Path) -> None:
        """Wait until its Unix socket accepts connections, by trying."""
        deadline = time.monotonic() + PATIENCE
        while not _connectable(path):
            assert time.monotonic() < deadline, f"nobody listens at {path}"
            assert self._process.poll() is None, f"it has ended: {self}"

    def says(self, *lines: str) -> None:
        """Write lines to its input."""
        self.writes("".join(f"{line}\n" for line in lines).encode())

    def writes(self, data: bytes) -> None:
        """Write any bytes to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def says_no_more(self) -> None:
        """End its input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def signals(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def ends(self) -> int:
        """Wait until it has ended and all of its output is read; return its exit code."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} is still running") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """Kill the process. Harmless twice."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        for reader in self._readers:
            reader.join(PATIENCE)

    def _read(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), 65_536):
                with self._grown:
                    setattr(self, name, getattr(self, name) + data)
                    self._grown.notify_all()

    def __repr__(self) -> str:
        return f"{self.command}, that said {self.out[-2000:]!r} and {self.err[-2000:]!r}"


class Server(Process):
    """`classchat serve`, with its console on a pipe."""

    port = 0

    def __init__(self, command: Sequence[str], cwd: Path, forks: Forks | None = None) -> None:
        super().__init__(command, cwd, stdin=subprocess.DEVNULL, forks=forks)

    def is_up(self) -> Self:
        """Wait until the server listens, and read its port."""
        self.sees("[SERVER] Waiting for connections...")
        started = re.search(r"Server started on [\d.]+:(\d+)", self.out.decode())
        self.port = int(started[1]) if started else 0
        return self

    def is_left_by_all(self) -> None:
        """Wait until all users have left, and forget what it said."""
        self.wait(
            lambda: self._ends(" registered successfully") == self._ends(" disconnected"), "the last user"
        )
        with self._grown:
            self.out = b""

    def _ends(self, end: str) -> int:
        return sum(line.startswith("[SERVER] User '") and line.endswith(end) for line in self.lines)

    def address_of(self, name: str) -> str:
        """Return the address argument of `classchat` for this server."""
        return f"{name}@127.0.0.1:{self.port}"


def allow(server: Server, size: int) -> None:
    """Limit the size of the running server's files, in bytes: for it, the disk is full then."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, hard))


def _text_of(row: Mapping[int, pyte.screens.Char]) -> str:
    """Return what is in a row of a screen; a wide character hides the cell to its right."""
    text, column, end = "", 0, max(row, default=-1) + 1
    while column < end:
        characters = row[column].data
        text += characters
        column += 2 if wcwidth(characters[:1]) == 2 else 1
    return text.rstrip()


class Terminal:
    """A command in a pseudo-terminal, and its screen."""

    def __init__(
        self, command: Sequence[str], cwd: Path, forks: Forks | None = None, **variables: str
    ) -> None:
        """Start it; by forking, if there are `forks` and they can run it."""
        self.command = list(command)
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._texts = [""] * ROWS
        self._over = False
        there, size = environment(cwd, **variables), (ROWS, COLUMNS)
        if forks is not None and can_fork(self.command):
            self._child = ForkedTerminal(forks, self.command, cwd, there, size)
        else:
            self._child = pexpect.spawn(
                *command[:1], [*command[1:]], cwd=str(cwd), env=there, dimensions=size
            )
            self._child.ptyproc.delayafterclose = 0
        self._child.delaybeforesend = None
        self.pid = self._child.pid

    @property
    def screen(self) -> list[str]:
        """All lines of the screen so far, without trailing blanks except those before the cursor."""
        self._look()
        cursor = self._screen.cursor
        lines = self._rows()[: cursor.y + 1]
        lines[-1] = lines[-1].ljust(cursor.x)
        return lines if lines[-1] else lines[:-1]

    @property
    def below(self) -> str:
        """The last line that is not empty; with an editor, the line below the cursor's."""
        self._look()
        return [line for line in self._rows() if line][-1]

    @property
    def colours(self) -> set[str]:
        """The colours of everything on the screen."""
        self._look()
        return {cell.fg for row in self._screen.buffer.values() for cell in row.values()}

    @property
    def all_lines(self) -> list[str]:
        """All lines of the screen, including those below the cursor."""
        self._look()
        return self._rows()

    @property
    def highlighted(self) -> str:
        """The text in reverse video above the last line, which always is."""
        self._look()
        rows = [
            row
            for _, row in sorted(self._screen.buffer.items())
            if any(cell.data.strip() for cell in row.values())
        ]
        return "".join(cell.data for row in rows[:-1] for _, cell in sorted(row.items()) if cell.reverse)

    @property
    def state(self) -> tuple[str, frozenset[int], tuple[int, int] | None]:
        """The state that other users' text must not change: title, modes and scrolling region."""
        self._look()
        return self._screen.title, frozenset(self._screen.mode), self._screen.margins

    def keys(self, keys: str) -> None:
        """Press keys without waiting for the screen."""
        self._child.send(keys)

    def resizes(self, columns: int) -> None:
        """Make the window wider or narrower."""
        self._look()
        self._screen.resize(ROWS, columns)
        self._child.setwinsize(ROWS, columns)

    def comes_to(self, expected: list[str], reading: Callable[[list[str]], list[str]] = list) -> list[str]:
        """Return the whole screen as soon as it is the expected one, or after PATIENCE in any case."""
        self._wait(lambda: reading(self.screen) == expected)
        return reading(self.screen)

    def sees(self, line: str) -> None:
        """Wait until the screen has this line."""
        assert self._wait(lambda: line in self.screen), f"no {line!r} on {self}"

    def waits_for(self, condition: Callable[[list[str]], bool]) -> None:
        """Wait until a condition on the screen holds."""
        assert self._wait(lambda: condition(self.screen)), f"not seen on {self}"

    def is_asked(self, prompt: str = PROMPT) -> None:
        """Wait until the cursor is behind a prompt."""
        assert self._wait(lambda: self.screen[-1:] == [prompt]), f"no prompt {prompt!r} on {self}"

    def types(self, text: str, prompt: str = PROMPT) -> None:
        """Type a line behind the prompt, and wait until it is shown."""
        self.is_asked(prompt)
        row, typed = self._screen.cursor.y, (prompt + text).rstrip()
        self._child.send(f"{text}\r")
        assert self._wait(lambda: typed in self.screen and self._screen.cursor.y > row), f"no echo on {self}"

    def pastes(self, *lines: str) -> None:
        """Type lines all at once, without waiting for the screen."""
        self._child.send("".join(f"{line}\r" for line in lines))

    def presses(self, key: str) -> None:
        """Press Ctrl and a letter."""
        self._child.sendcontrol(key)

    def signs_in(self, name: str, port: int) -> None:
        """Answer the three questions: Enter for the host, and the rest by typing."""
        self.types("", ASK_HOST)
        self.types(str(port), ASK_PORT)
        self.types(name, ASK_NAME)
        self.is_asked()

    def signals(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    @property
    def echoes(self) -> bool:
        """Whether the terminal itself shows what is typed."""
        return bool(termios.tcgetattr(self._child.child_fd)[3] & termios.ECHO)

    @echoes.setter
    def echoes(self, whether: bool) -> None:
        attributes = termios.tcgetattr(self._child.child_fd)
        attributes[3] = attributes[3] | termios.ECHO if whether else attributes[3] & ~termios.ECHO
        termios.tcsetattr(self._child.child_fd, termios.TCSANOW, attributes)

    def stops_echoing(self) -> None:
        """Wait until the terminal stops echoing, by polling."""
        deadline = time.monotonic() + PATIENCE
        while self.echoes:
            assert time.monotonic() < deadline, f"what is typed is still shown on {self}"
            os.sched_yield()

    def hangs_up(self) -> None:
        """Close the terminal's window."""
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, self._child.child_fd)  # pexpect closes it again, later
        os.close(null)

    def ends(self) -> int:
        """Wait until it has ended; return its exit code, negative if a signal ended it."""
        assert self._wait(lambda: self._look() or self._over), f"still running: {self}"
        wait_for_end(self.pid, self)
        self._child.wait()
        return -self._child.signalstatus if self._child.exitstatus is None else self._child.exitstatus

    def close(self) -> None:
        """Kill the process. Harmless twice."""
        if not self._child.closed:
            if self._child.isalive():
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(self.pid, signal.SIGKILL)
                self._child.wait()
            self._child.close()

    def _rows(self) -> list[str]:
        """Return all lines without trailing blanks; faster than pyte, as most of a screen does not change.

        A mark at the beginning of a line belongs to the end of the line above, which pyte does not say.
        """
        buffer, changed = self._screen.buffer, self._screen.dirty
        for row in changed | {max(row - 1, 0) for row in changed}:
            self._texts[row] = _text_of(buffer[row]) if row in buffer else ""
        changed.clear()
        return [*self._texts]

    def _look(self, seconds: float = 0) -> None:
        """Read the output so far; wait for its first bytes."""
        while not self._over:
            try:
                self._stream.feed(self._child.read_nonblocking(65_536, seconds))
            except pexpect.TIMEOUT:
                return
            except pexpect.EOF:
                self._over = True
            seconds = 0

    def _wait(self, condition: Callable[[], bool | None]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            remaining = deadline - time.monotonic()
            if self._over or remaining <= 0:
                return bool(condition())
            self._look(remaining)
        return True

    def __repr__(self) -> str:
        return "\n".join([" ".join(self.command), *self.screen])


def started_at(lines: str) -> int:
    """Return the port of a server that says where it listens."""
    started = re.search(r"Server started on [\d.]+:(\d+)", lines)
    assert started, lines
    return int(started[1])


def claim(journal: Path, name: str, password: str) -> None:
    """Register a name at the running server of a journal, as `classchat admin claim` does, but cheaper.

    Argon2id hashes the password at its least cost, which the hash itself states: so it costs the server
    next to nothing to verify the password, where one from the command takes a tenth of a second.
    """
    where = AskingOptions()
    where.parseOptions(["--journal", str(journal)])
    hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    asked(where, ChangeAccount(user=name, change="claim", hash=hash))


def line(status: str, receiver: str = "", text: str = "", sender: str = "", **more: object) -> bytes:
    """Return one message of the protocol."""
    message = {"status": status, "sender": sender, "receiver": receiver, "text": text, **more}
    return json.dumps(message).encode() + b"\n"


class RawClient:
    """A blocking socket, signed in with a bare name like the client of 2025."""

    def __init__(self, place: int | Path, name: str) -> None:
        """Connect to a port of this machine, or to a Unix socket."""
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX if isinstance(place, Path) else socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # small: soon full
        self.socket.connect(str(place) if isinstance(place, Path) else ("127.0.0.1", place))
        self._rest = b""
        self.socket.sendall(name.encode() + b"\n")
        self.welcome = json.loads(self.socket.recv(1024).decode("utf-8"))

    def asks(self, status: str, receiver: str = "", text: str = "") -> None:
        """Send a request."""
        self.socket.sendall(line(status, receiver, text, self.name))

    def hears(self) -> dict[str, Any]:
        """Return the next line."""
        while b"\n" not in self._rest:
            data = self.socket.recv(1024)
            assert data, f"hung up on after {self._rest!r}"
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\n")
        return json.loads(first)

    def says(self) -> list[str]:
        """Return the next line's status, sender, receiver and text."""
        heard = self.hears()
        return [heard[field] for field in ("status", "sender", "receiver", "text")]

    def quits(self) -> None:
        """Send `quit` without a newline, and close at once."""
        self.socket.sendall(line("quit", sender=self.name).rstrip(b"\n"))
        self.close()

    def close(self) -> None:
        """Close the socket. Harmless twice."""
        self.socket.close()


class FirstServer:
    """A double of the server of 2025: it takes each `recv(4096)` for one JSON object."""

    def __init__(self, newline: bytes = b"\n") -> None:
        """End sent lines with `newline`."""
        self.received: list[dict[str, Any]] = []
        """Every request, in order."""
        self.broken: list[bytes] = []
        """Each read that was not one JSON object: a server of 2025 would have failed on it."""
        self._newline = newline
        self._members: dict[str, list[str]] = {}
        self._clients: dict[str, socket.socket] = {}
        self._lock = threading.RLock()
        self._gone = threading.Condition(self._lock)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """The port of the server."""
        return self._listening.getsockname()[1]

    def address_of(self, name: str) -> str:
        """Return the address argument of `classchat` for this server."""
        return f"{name}@127.0.0.1:{self.port}"

    @property
    def heard(self) -> list[str]:
        """The status of every request, in order."""
        return [message["status"] for message in self.received]

    def tells(self, name: str, data: bytes) -> None:
        """Send a client any bytes."""
        with self._lock:
            self._clients[name].sendall(data)

    def is_left_by(self, name: str) -> None:
        """Wait until a client's connection is closed."""
        with self._gone:
            assert self._gone.wait_for(lambda: name not in self._clients, PATIENCE), f"{name} did not leave"

    def hangs_up(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                with suppress(OSError):  # the client is gone
                    client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop. Harmless twice."""
        with suppress(OSError):  # it was closed before
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hangs_up()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            name = client.recv(1024).decode().strip()
            with self._lock:
                self._clients[name] = client
                self._send(client, "success", "SERVER", name, f"Welcome to ClassChat, {name}!")
            with suppress(OSError):  # the client is gone
                self._converse(name, client)
            with self._gone:
                del self._clients[name]
                self._gone.notify_all()

    def _converse(self, name: str, client: socket.socket) -> None:
        while data := client.recv(4096):
            with self._lock:
                try:
                    message = json.loads(data.decode("utf-8"))
                except ValueError:
                    self.broken.append(data)
                    return
                self.received.append(message)
                if message["status"] == "quit":
                    return
                self._answer(name, client, message["status"], message["receiver"], message["text"])

    def _answer(self, name: str, client: socket.socket, status: str, receiver: str, text: str) -> None:
        members = self._members.get(receiver)
        match status:
            case "create" if members is not None:
                self._send(client, "error", "SERVER", name, f"Chat room '{receiver}' already exists")
            case "create":
                self._members[receiver] = [name]
                self._send(client, "success", "SERVER", name, f"Chat room '{receiver}' created successfully")
            case "join" | "group" if members is None:
                self._send(client, "error", "SERVER", name, f"Chat room '{receiver}' does not exist")
            case "join":
                members.append(name)
                self._send(client, "success", "SERVER", name, f"You have joined '{receiver}'")
                self._tell_all(members, "SERVER", receiver, f"{name} has joined the chat room")
            case "group":
                self._tell_all(members, name, receiver, text)
            case "private" if receiver in self._clients:
                self._send(self._clients[receiver], "private", name, receiver, text)
            case "private":
                self._send(client, "error", "SERVER", name, f"User '{receiver}' not found or offline")

    def _tell_all(self, members: list[str], sender: str, room: str, text: str) -> None:
        for member in members:
            self._send(self._clients[member], "group", sender, room, text)

    def _send(self, client: socket.socket, status: str, sender: str, receiver: str, text: str) -> None:
        client.sendall(line(status, receiver, text, sender).rstrip(b"\n") + self._newline)
