"""Whatever an IRC client sends has an answer, is no failure of the server, and is nothing to others."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from classchat.irc.commands import COMMANDS
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer, command_of


def _talks() -> tuple[IRCServer, IRCCaller, IRCCaller]:
    """Return a server, a client that has asked for everything, and one that has not, both in #CS350."""
    server = IRCServer()
    capabilities = ["labeled-response", "batch", "echo-message", "message-tags"]
    (alice,) = server.irc("Alice", capabilities=capabilities)
    (bob,) = server.irc("Bob")
    for each in (alice, bob):
        each.sends("JOIN #CS350")
        server.settles()
    server.forgets()
    return server, alice, bob


def _still_works(server: IRCServer, *callers: IRCCaller) -> None:
    """Check that the connections are open, and that each answers."""
    for caller in callers:
        server.settles()
        caller.forgets()
        caller.sends("PING :still there")
        server.settles()
        assert ["PONG"] == [numeric for numeric in caller.numerics() if numeric == "PONG"]


@each_case(
    ("line", "numerics"),
    [
        (b"PRIVMSG #CS350 :" + b"x" * 4078, ["PRIVMSG"]),
        (b"PRIVMSG #CS350 :" + b"x" * 4079, ["417"]),
        (b"@x=" + b"y" * 8187 + b" PRIVMSG #CS350 :" + b"x" * 4078, ["PRIVMSG"]),
        (b"@x=" + b"y" * 8188 + b" PRIVMSG #CS350 :x", ["417"]),
        (b"x" * 20_000, ["417"]),
        (b"PRIVMSG #CS350 :a\x00b", ["PRIVMSG"]),
        (b"PRIVMSG #CS350 :a\rQUIT :b", ["PRIVMSG"]),
        (b"PRIVMSG #CS350 :\xff", ["FAIL"]),
        (b"\xff\xfe", ["FAIL"]),
        (b"NONSENSE " + b"x " * 500, ["421"]),
        (b"PRIVMSG " + b"a " * 500, ["401"]),
        (b"001 Alice :Welcome", []),
        (b":classchat.server 001 Alice :Welcome", []),
        (b":Bob!~user@Bob PRIVMSG #CS350 :not from Bob", ["PRIVMSG"]),
        (b"@", []),
        (b"@label=1", []),
        (b":", []),
        (b" ", []),
        (b"", []),
        (b"   PING    x   ", ["PONG"]),
        (b"@label=1;label=2 PING x", ["PONG"]),
        (b"@label= PING x", ["PONG"]),
    ],
)
def test_a_line(line: bytes, numerics: list[str]) -> None:
    """A strange line has its documented answer, and the conversation goes on."""
    server, alice, bob = _talks()
    alice.sends(line)
    server.settles()
    heard = list(dict.fromkeys(alice.numerics()))

    assert numerics == heard
    assert all("\r" not in line and "\x00" not in line for line in bob.lines())
    assert all(line.startswith(":Alice!~user@Alice ") for line in bob.lines("PRIVMSG"))
    _still_works(server, alice, bob)


def test_commands_without_parameters() -> None:
    """Every command has an answer to a line without parameters, or with empty ones, before and after."""
    server, alice, bob = _talks()
    new = server.is_called_by_irc()
    new.sends("CAP LS")
    for command in COMMANDS.keys() - {"QUIT", "PASS"}:
        for line in (command, f"{command} :", f"{command} : :", f"{command} {'x ' * 20}"):
            for caller in (alice, new):
                caller.sends(line)
            server.settles()
    new.sends("NICK Carol", "USER c 0 * :c", "CAP END")

    assert "open" == new.wire.closing
    _still_works(server, alice, bob, new)


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes(chunks: list[bytes]) -> None:
    """Any bytes in any pieces are lines that are answered or refused, and nothing to other clients."""
    server, alice, bob = _talks()
    for chunk in chunks:
        alice.sends_bytes(chunk)
        server.settles()
    alice.sends_bytes(b"\r\n")

    assert all(command_of(line) != "" for line in bob.lines())
    _still_works(server, bob)


@given(
    st.sampled_from(sorted(COMMANDS.keys() - {"QUIT"})),
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20), max_size=6
    ),
)
def test_any_parameters(command: str, params: list[str]) -> None:
    """Any parameters of any command are taken or refused, and change no line into two."""
    server, alice, bob = _talks()
    alice.sends(f"@label=7 {command} {' '.join(params)}")
    server.settles()

    assert all(line.isprintable() or "\x01" in line or "\t" in line for line in bob.lines())
    _still_works(server, bob)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_first_line(first: bytes) -> None:
    """Whatever comes first, the connection is answered in some dialect, or waits for more."""
    server = IRCServer()
    caller = server.is_called()
    caller.sends_bytes(first + b"\n")
    server.settles()
    server.passes(2)

    assert b"Something went wrong" not in caller.wire.value()
