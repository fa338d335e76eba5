"""`classchat send` over real TCP: one message, and its result."""

from __future__ import annotations

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import error, reactor
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from classchat.client import send
from classchat.client.send import SendOptions
from tests.integration.helpers import PATIENCE, Server, build


@async_yield_fixture
async def server() -> Server:
    """Start a server, and stop it."""
    server = build()
    server.start()
    yield server
    await server.stop()


async def _sends(server: Server, *words: str, name: str = "bot") -> int:
    """Return the exit code."""
    host, port = server.address
    options = SendOptions()
    options.parseOptions([f"{name}@{host}:{port}", *words, "--retry", "0"])
    sending = Deferred.fromCoroutine(send._send(reactor, options))
    sending.addTimeout(PATIENCE, reactor)
    return await sending.addCallbacks(lambda _: 0, send._failed, errbackArgs=(options,))


@ensureDeferred
async def test_a_room_is_joined_told_and_left(server: Server) -> None:
    """The room hears the join, the message and the leave; the exit code is 0."""
    alice = await server.connect("Alice", "CS350")
    code = await _sends(server, "cs350", "The build is green.\nAll of it.")
    heard = [await alice.hears("group") for _ in range(3)]

    assert 0 == code
    assert [
        "bot has joined the chat room",
        "The build is green.\nAll of it.",
        "bot has left the chat room",
    ] == [each["text"] for each in heard]


@ensureDeferred
async def test_a_person_is_told(server: Server) -> None:
    """`@Alice` is told it in private."""
    alice = await server.connect("Alice")
    code = await _sends(server, "@Alice", "psst")
    heard = await alice.hears("private")

    assert (0, "bot", "psst") == (code, heard["sender"], heard["text"])


@pytest.mark.parametrize(
    ("name", "words", "reason"),
    [
        ("bot", ["nowhere", "hi"], "classchat: Chat room 'nowhere' does not exist.\n"),
        ("bot", ["@nobody", "hi"], "classchat: User 'nobody' not found or offline.\n"),
        ("Alice", ["CS350", "hi"], "classchat: Username already taken. Please try another.\n"),
        ("bot", ["CS350", "x" * 20_000], "classchat: "),
    ],
)
@ensureDeferred
async def test_what_is_refused(
    server: Server, capsys: pytest.CaptureFixture[str], name: str, words: list[str], reason: str
) -> None:
    """What the server refuses is said on standard error, in its words, and the exit code is 1."""
    await server.connect("Alice", "CS350")
    code = await _sends(server, *words, name=name)
    told = capsys.readouterr()

    assert (1, "", 1) == (code, told.out, told.err.count("\n"))
    assert told.err.startswith(reason)


def test_nobody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """If no server listens, the error has the address."""
    options = SendOptions()
    options.parseOptions(["bot@[::1]:7", "lab", "hi"])
    code = send._failed(Failure(error.ConnectionRefusedError()), options)

    assert 1 == code
    assert "classchat: Connection refused: is the server running at [::1]:7?\n" == capsys.readouterr().err
