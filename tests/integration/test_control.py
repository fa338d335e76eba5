"""The server's own socket: who may use it, what it stands, and what is left when a server is killed."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor

from classchat import account_administration as admin
from classchat import control_place
from classchat.cli import main
from classchat.control_messages import LONGEST_QUESTION, MOST_AT_ONCE
from classchat.control_place import BadPlace, ControlPlace, NothingThere, connect
from classchat.serve import ServeOptions
from classchat.servers import control
from classchat.servers.service import CannotStart
from classchat.tap import makeService
from tests.integration.helpers import PATIENCE, Server, in_thread

StartServer = Callable[..., Server]

SECONDS = PATIENCE


@async_yield_fixture
async def start(tmp_path: Path, nothing_left_over: None) -> AsyncIterator[StartServer]:
    """Return a function that starts a whole server on a journal in a file, as `classchat serve` would."""
    servers: list[Server] = []

    def start(*words: str, journal: str = "") -> Server:
        options = ServeOptions()
        options.parseOptions(
            ["--journal", journal or str(tmp_path / "j"), "--no-web", "--no-tls", "127.0.0.1", "0", *words]
        )
        server = Server(makeService(options))
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        await server.stop()


def place(tmp_path: Path) -> Path:
    """Return the directory of the socket."""
    return tmp_path / "j-control"


def exchange(directory: Path, data: bytes) -> bytes:
    """Send bytes, and return all that comes back."""
    with connect(directory, SECONDS) as connection:
        connection.sendall(data)
        received = b""
        while more := connection.recv(65_536):
            received += more
        return received


async def ask(directory: Path, request: dict[str, Any] | bytes) -> dict[str, Any]:
    """Return the answer to a request."""
    data = request if isinstance(request, bytes) else json.dumps(request).encode() + b"\n"
    answer: dict[str, Any] = json.loads(await in_thread(exchange, directory, data))
    return answer


async def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command prints, or the sentence with which it ends."""

    def call() -> str:
        try:
            main(words)
        except SystemExit as ending:
            return f"{ending}"
        return ""

    ended = await in_thread(call)
    return ended or capsys.readouterr().out


@ensureDeferred
async def test_the_operator_asks_and_steers(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status, orders, limits and reload work with the shipped commands, on a server that runs."""
    server = start()
    await server.connect("Alice", "CS350")
    bob = await server.connect("Bob", "CS350")
    where = ("--journal", str(tmp_path / "j"))
    said = [
        await run(capsys, "admin", "kick", "Bob", "CS350", "--reason", "spam", *where),
        await run(capsys, "admin", "mute", "Alice", "CS350", "--for", "10m", *where),
        await run(capsys, "admin", "broadcast", "Lunch", *where),
        await run(capsys, "admin", "limits", "max-text", "2000", *where),
        await run(capsys, "admin", "reload", *where),
        await run(capsys, "admin", "ban", "Bob", "Nowhere", *where),
        await run(capsys, "admin", "log-level", *where),
    ]
    state = json.loads(await run(capsys, "status", "--json", *where))
    shown = await run(capsys, "status", *where)
    heard = await bob.hears("private", event="broadcast")

    assert [
        "You have kicked Bob from 'CS350'\n",
        "You have muted Alice in 'CS350' for 10 minutes\n",
        "Sent to 2 users\n",
        "max-text is 2000 now\n",
        "max-text is 10000 now\n",
        "classchat: Chat room 'Nowhere' does not exist",
        "classchat: The log is twistd's, which has no levels.",
    ] == said
    assert (2, 1, {"json": 2}, True, "") == tuple(
        state[name] for name in ("users", "rooms", "connections", "writable", "node")
    )
    assert "Connections:   2 (2 json)\n" in shown
    assert "SERVER" == heard["by"]


@ensureDeferred
async def test_nobody_else_can_enter(start: StartServer, tmp_path: Path) -> None:
    """The directory and the socket have no rights for others, whatever the umask."""
    before = os.umask(0)
    try:
        start()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (place(tmp_path), place(tmp_path) / "socket")]

    assert [0o700, 0o600] == modes


@pytest.mark.parametrize(("user", "served"), [(os.geteuid(), True), (0, True), (os.geteuid() + 1, False)])
@ensureDeferred
async def test_the_kernel_says_who_asks(
    start: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, served: bool
) -> None:
    """The server's own user and root are answered; any other one, who got in somehow, is cut off unheard."""
    start()
    monkeypatch.setattr(control, "user_at", lambda _: user)

    def asks() -> bytes:
        try:
            return exchange(place(tmp_path), b'{"status":"server_limits"}\n')
        except OSError:
            return b""

    assert served == (b"max-text" in await in_thread(asks))


@ensureDeferred
async def test_nonsense_is_refused(start: StartServer, tmp_path: Path, nothing_logged: list[str]) -> None:
    """What is no request, or a request of users, is refused with a code; the server logs no failure."""
    start()
    codes = [
        (await ask(place(tmp_path), data)).get("code")
        for data in (b"\n", b"nonsense\n", b"\xff\n", b"[" * 50_000 + b"\n", b'{"status":"register"}\n')
    ]
    wrong = await ask(place(tmp_path), {"status": "server_limit", "option": "port", "value": "1"})

    assert ["invalid_format"] * 5 == codes
    assert ("invalid_option", "port can't be changed while the server runs.") == (
        wrong["code"],
        wrong["text"],
    )


@ensureDeferred
async def test_an_endless_line_is_cut_off(start: StartServer, tmp_path: Path) -> None:
    """Who sends more than a request can have is cut off long before it fills the memory."""
    start()

    def floods() -> int:
        sent = 0
        gone = suppress(BrokenPipeError, ConnectionResetError)
        with connect(place(tmp_path), SECONDS) as connection, gone:
            while sent < 1 << 30:
                sent += connection.send(b"x" * 65_536)
        return sent

    assert await in_thread(floods) < 16 * LONGEST_QUESTION


@ensureDeferred
async def test_who_says_nothing_is_cut_off(
    start: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection without a request ends by itself; only so many are open at a time."""
    monkeypatch.setattr(control, "ASKING_SECONDS", 0.5)
    start()

    def waits() -> list[bytes]:
        connections = [connect(place(tmp_path), SECONDS) for _ in range(MOST_AT_ONCE + 1)]
        ends = []
        for connection in connections:
            with connection:
                try:
                    ends.append(connection.recv(1))
                except ConnectionResetError:
                    ends.append(b"")
        return ends

    assert [b""] * (MOST_AT_ONCE + 1) == await in_thread(waits)
    monkeypatch.setattr(control, "ASKING_SECONDS", SECONDS)
    assert "max-text" in (await ask(place(tmp_path), {"status": "server_limits"}))["limits"]


@ensureDeferred
async def test_one_line_is_answered(start: StartServer, tmp_path: Path) -> None:
    """Of several requests on one connection only the first is carried out."""
    start()
    answer = await in_thread(exchange, place(tmp_path), b'{"status":"server_limits"}\n' * 3)

    assert 1 == answer.count(b"\n")


@ensureDeferred
async def test_what_a_killed_server_has_left_is_replaced(start: StartServer, tmp_path: Path) -> None:
    """A socket without a server means that none runs; the next server replaces it, and removes its own."""
    killed = ControlPlace(place(tmp_path))
    killed.listen().close()
    os.close(killed._opened)
    with pytest.raises(NothingThere, match="no server answers"):
        connect(place(tmp_path), SECONDS)
    server = start()
    answer = await ask(place(tmp_path), {"status": "server_limits"})
    await server.stop()

    assert "success" == answer["status"]
    assert [] == os.listdir(place(tmp_path))


def test_two_servers_never_share_a_socket(tmp_path: Path) -> None:
    """The directory is locked: a second server neither replaces nor removes the socket of the first."""
    first = ControlPlace(tmp_path / "c")
    with first.listen():
        with pytest.raises(BadPlace, match="is in use by another server"):
            ControlPlace(tmp_path / "c")
        assert ["socket"] == os.listdir(tmp_path / "c")
    first.close()


def test_a_directory_that_is_not_private_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, a file, another user's directory and one that others can enter are refused."""
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    sentences = []
    for name in ("link", "file", "open", "target"):
        if name == "target":
            monkeypatch.setattr(control_place.os, "geteuid", lambda: target.stat().st_uid + 1)
        with pytest.raises(BadPlace) as caught:
            ControlPlace(tmp_path / name)
        sentences.append(str(caught.value).replace(f"{tmp_path}/", ""))
    with pytest.raises(BadPlace, match="belongs to another user: run this as the user who runs"):
        connect(target, SECONDS)

    assert [
        "'link' can't be used: it is a link",
        "'file' can't be used: Not a directory",
        "other users can enter 'open': chmod 700 'open', or use --control",
        "'target' belongs to another user: remove it, or use --control",
    ] == sentences
    assert 0o755 == stat.S_IMODE((tmp_path / "open").stat().st_mode)


def test_a_path_may_be_longer_than_a_socket_allows(tmp_path: Path) -> None:
    """A directory whose path has 200 bytes more than a socket's may have is used all the same."""
    deep = tmp_path / ("d" * 100) / ("e" * 200)
    deep.mkdir(parents=True)
    held = ControlPlace(deep / "c")
    with held.listen() as listening, connect(deep / "c", SECONDS) as near:
        far, _ = listening.accept()
        with far:
            near.sendall(b"x")
            assert b"x" == far.recv(1)
    held.close()


@ensureDeferred
async def test_a_socket_that_was_asked_for_has_to_be_there(start: StartServer, tmp_path: Path) -> None:
    """With --control the server does not start without its socket; next to the journal it only warns."""
    place(tmp_path).write_bytes(b"")
    server = start()
    running = server.service.running
    await server.stop()
    options = ServeOptions()
    words = ["--journal", str(tmp_path / "j"), "--no-web", "--no-tls", "127.0.0.1", "0"]
    options.parseOptions([*words, "--control", str(place(tmp_path))])
    service = makeService(options)
    service.privilegedStartService()
    with pytest.raises(CannotStart, match=r"--control: .* can't be used: Not a directory"):
        service.startService()
    await service.stopService()

    assert running


@ensureDeferred
async def test_a_server_without_a_socket(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --control off there is no socket; commands then say that no server runs, or how to name it."""
    start("--control", "off")
    said = [
        await run(capsys, "status", "--journal", str(tmp_path / "j")),
        await run(capsys, "admin", "broadcast", "x", "--journal", "memory:"),
    ]

    assert f"classchat: No server runs with the journal '{tmp_path}/j': no server answers at" in said[0]
    assert "classchat: A server without a journal is asked with --control" in said[1]


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", b'{"status":"success"', b"x" * 2_000_000])
@ensureDeferred
async def test_a_server_that_lies_is_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """An answer that is not valid, or too long, ends the command with a sentence."""
    held = ControlPlace(tmp_path / "c")
    listening = held.listen()
    listening.setblocking(True)

    def answers() -> None:
        far, _ = listening.accept()
        with far, listening:
            far.recv(65_536)
            with suppress(OSError):
                far.sendall(answer)

    reactor.callInThread(answers)
    said = await run(capsys, "status", "--control", str(tmp_path / "c"))
    held.close()

    assert "classchat: The server has not answered, or not as this version does." == said
    assert isinstance(listening, socket.socket)


@ensureDeferred
async def test_a_reload_takes_the_file_again(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's limits hold after a reload; a broken file changes nothing, and the sentence says why."""
    file = tmp_path / "chat.toml"
    file.write_text("max-text = 5")
    server = start("--config", str(file))
    said, where = [], ("--journal", str(tmp_path / "j"))
    for text in ("max-text = 6\nkeep = '2w'", "max-text = 7\nmax-rooms = 0", "max-text = 8"):
        file.write_text(text)
        said.append(await run(capsys, "admin", "reload", *where))

    assert [
        "keep needs a restart, max-text is 6 now\n",
        "classchat: chat.toml, line 2: max-rooms: '0' is not a whole number from 1 to 1000000.",
        "max-text is 8 now\n",
    ] == said
    assert 8 == server.factory.limits.text


@ensureDeferred
async def test_a_user_is_disconnected_from_the_server(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kick` without a room disconnects the user, who reads why; the next one with the name is welcome."""
    server = start()
    bob = await server.connect("Bob", "CS350")
    where = ("--journal", str(tmp_path / "j"))
    said = await run(capsys, "admin", "kick", "bob", "--reason", "spam", *where)
    told = await bob.hears("error", code="kicked")
    await bob.closed()
    again = await run(capsys, "admin", "kick", "Bob", *where)
    await server.connect("Bob")

    assert ("You have disconnected Bob\n", "classchat: User 'Bob' not found or offline") == (said, again)
    assert ("You have been disconnected by the operator of this server: spam", False) == (
        told["text"],
        "room" in told,
    )


@ensureDeferred
async def test_accounts_of_a_running_server(
    start: StartServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    nothing_logged: list[str],
) -> None:
    """The server itself lists and changes accounts, and all of it holds when the command ends."""
    server = start()
    bob = await server.connect("Bob")
    where = ("--control", str(place(tmp_path)))
    monkeypatch.setattr(admin, "Administration", None)  # no command opens the journal

    async def ask(*words: str, line: str = "correct horse") -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line.encode())))
        return await run(capsys, "admin", *words, *where)

    said = [
        await ask("claim", "Alice"),
        await ask("claim", "alice"),
        await ask("operator", "add", "Alice"),
        await ask("accounts"),
        await ask("password", "Alice", line="battery staple"),
        await ask("password", "Nobody"),
        await ask("release", "Alice"),
        await ask("claim", "SERVER"),
        await ask("accounts"),
    ]
    known = server.factory.chat.accounts.find("Alice")
    await bob.asks("ping")

    assert [
        "The name 'Alice' is now registered.\n",
        "classchat: The name 'Alice' is already registered.",
        "'Alice' is an operator.\n",
        "The password of 'Alice' has been changed.\n",
        "classchat: The name 'Nobody' is not registered. To register it: classchat admin claim Nobody",
        "The name 'Alice' has been released.\n",
        "classchat: 'SERVER' is not allowed as a user name.",
        "",
    ] == [text for text in said if not text.startswith("Alice, operator, registered ")]
    assert (9, None) == (len(said), known)


@ensureDeferred
async def test_a_hijacked_account(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a new password, whoever is signed in stays until they are disconnected, and can't come back."""
    server = start()
    thief = await server.connect("Alice")
    (welcome,) = [one for one in thief.everything() if "token" in one]
    await thief.asks("claim", text="correct horse")
    where = ("--journal", str(tmp_path / "j"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"battery staple")))
    await run(capsys, "admin", "password", "Alice", *where)
    stays = await thief.asks("ping")
    await run(capsys, "admin", "kick", "Alice", *where)
    await thief.hears("error", code="kicked")
    await thief.closed()
    again = await (await server.dial("Alice")).asks("register", token=welcome["token"])

    assert ("success", "password_required") == (stays["status"], again["code"])


@ensureDeferred
async def test_accounts_in_memory(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that keeps its accounts in memory says so."""
    start("--control", str(place(tmp_path)), journal="memory:")
    said = await run(capsys, "admin", "accounts", "--control", str(place(tmp_path)))

    assert (
        "classchat: This server keeps its accounts in memory: they can't be listed or changed here." == said
    )
