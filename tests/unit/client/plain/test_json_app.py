"""The client for programs: JSON lines in and out, on a server that the test plays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet import error

from classchat.client.audience import Audience
from classchat.client.destination import Destination
from classchat.client.plain.json_app import JsonApp
from classchat.client.plain.terminal import Terminal
from classchat.messages import Error, Group, Private, Success
from tests.unit.client.helpers import (
    Client,
    Reactor,
    Server,
    StdioTransport,
    granted,
    refused,
    welcome,
    world_of,
)

KNOWN_BY = "a secret token"


class Program(Client):
    """A program that runs the client; over the wire its requests are numbered 1, 2, 3."""

    def __init__(
        self, host: str | None = None, port: int | None = None, name: str | None = "Alice", **more: Any
    ) -> None:
        self.reactor = Reactor()
        self.stdio = StdioTransport()
        options = {"host": host, "port": port, "name": name, "retry": 300.0, **more}
        audience = Audience(strict=more.get("strict", False))
        self.app = JsonApp(world_of(self.reactor), Destination(options), audience)
        self._terminal = Terminal(self.app, self.reactor, None, "surrogateescape")
        self._terminal.makeConnection(self.stdio)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that the program was sent since the last call."""
        told = [json.loads(line) for line in self.lines]
        self.clears_screen()
        return told

    @property
    def told(self) -> list[tuple[str | None, ...]]:
        """The same, as each line's status, sender, text, code and id."""
        fields = ("status", "sender", "text", "code", "id")
        return [tuple(event.get(field) for field in fields) for event in self.events]

    def types_bytes(self, line: bytes) -> None:
        """Write any bytes."""
        self._terminal.dataReceived(line + b"\n")


def welcomes(epoch: str = "one", **more: Any) -> Success:
    """Return the welcome of a server with a journal."""
    return replace(welcome(), token=KNOWN_BY, epoch=epoch, **more)


@pytest.fixture
def program() -> Program:
    """Return a program that has called its server."""
    program = Program()
    program.starts()
    return program


@pytest.fixture
def server(program: Program) -> Server:
    """Return its server, after the welcome."""
    server = program.reaches()
    server.tells(welcome())
    server.forgets()
    program.clears_screen()
    return server


def test_where_nothing_is_said_it_is_as_usual(program: Program) -> None:
    """Nothing is asked: host and port have their defaults."""
    assert [("127.0.0.1", 5555)] == program.calls
    assert "" == program.screen


def test_without_a_name() -> None:
    """A name is needed."""
    program = Program(name=None)
    program.starts()
    sentence = "A user name is needed: classchat --json NAME@HOST:PORT"

    assert [("error", "CLIENT", sentence, "unknown_name", None)] == program.told
    assert ([], 1) == (program.calls, program.exit_code)


def test_welcome(program: Program) -> None:
    """The first line is the welcome, without the token."""
    program.reaches().tells(replace(welcome(), token=KNOWN_BY))

    assert [
        {
            "status": "success",
            "sender": "SERVER",
            "receiver": "Alice",
            "text": "Welcome to ClassChat, Alice!",
            "server": "ClassChat 0.1",
        }
    ] == program.events


def test_server_that_is_not_there(program: Program) -> None:
    """An unreachable server is reported, and the exit code is 1."""
    program.does_not_reach(error.ConnectionRefusedError())
    told = program.told

    assert ["unreachable"] == [code for *_, code, _ in told]
    assert 1 == program.exit_code


def test_refusal(program: Program) -> None:
    """A taken name is reported with the server's code, and the exit code is 1."""
    server = program.reaches()
    server.tells(Error("SERVER", "Alice", "Username already taken.", code="username_taken"))
    server.hangs_up()

    assert [("error", "CLIENT", "Username already taken.", "username_taken", None)] == program.told
    assert 1 == program.exit_code


def test_answers_have_the_programs_own_ids(program: Program, server: Server) -> None:
    """Over the wire goes a unique id; the answer has the program's own."""
    program.types('{"status":"ping","id":"mine"}', '{"status":"create","receiver":"R"}', "/join S")
    asked = [(request["status"], request["id"]) for request in server.hears]
    server.tells(granted("1"), granted("2"), refused("3"))

    assert [("ping", "1"), ("create", "2"), ("join", "3")] == asked
    assert [
        ("success", "SERVER", "granted", None, "mine"),
        ("success", "SERVER", "granted", None, None),
        ("error", "SERVER", "refused", None, None),
    ] == program.told


@pytest.mark.parametrize("status", ["group", "private"])
def test_what_is_said_without_an_id_is_answered_only_by_errors(
    program: Program, server: Server, status: str
) -> None:
    """As in the protocol, an accepted message is confirmed only if it has an id."""
    line = {"status": status, "receiver": "R", "text": "x"}
    program.types(json.dumps(line), json.dumps(line), json.dumps({**line, "id": "a"}))
    server.tells(granted("1"), refused("2"), granted("3"))

    assert [("error", None), ("success", "a")] == [(event[0], event[4]) for event in program.told]


def test_fields_of_events(program: Program, server: Server) -> None:
    """The fields of an event stand in the line as well."""
    server.tells(
        Group("SERVER", "R", "text", event="banned", user="Bob", by="Al", reason="spam", until="2026-11-23")
    )
    (told,) = program.events

    assert ["banned", "Bob", "Al", "spam", "2026-11-23"] == [
        told[name] for name in ("event", "user", "by", "reason", "until")
    ]


def test_what_is_heard(program: Program, server: Server) -> None:
    """Messages are passed on with all their fields."""
    server.tells(
        Group("Bob", "R", "\x1b[2J", seq=3, time="2026-11-23T10:00:00Z"),
        Private("Bob", "Alice", "x", replay=True),
        Error("SERVER", "Alice", "The server is shutting down.", code="shutting_down"),
    )

    assert [
        {
            "status": "group",
            "sender": "Bob",
            "receiver": "R",
            "text": "\x1b[2J",
            "seq": 3,
            "time": "2026-11-23T10:00:00Z",
        },
        {"status": "private", "sender": "Bob", "receiver": "Alice", "text": "x", "replay": True},
        {
            "status": "error",
            "sender": "SERVER",
            "receiver": "Alice",
            "text": "The server is shutting down.",
            "code": "shutting_down",
        },
    ] == program.events


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        (b"{", "invalid_format", None),
        (b'{"status":"group","receiver":5,"id":"a"}', "invalid_format", "a"),
        (b'{"status":"group","text":"\xff"}', "invalid_format", None),
        (b'{"status":"gruop","id":"a"}', "unknown_status", "a"),
        (b'{"status":"register","sender":"Bob","id":"a"}', "already_registered", "a"),
        (b"Hello", "invalid_command", None),
        (b"[]", "invalid_command", None),
        (b"/jion R", "invalid_command", None),
        (b"/join", "invalid_command", None),
        (b"/focus R", "invalid_command", None),
        (b"/history", "invalid_command", None),
        (b"x" * 70_000, "too_long", None),
        (b'{"status":"group","id":"a","text":"' + b"x" * 65_480 + b'"}', "invalid_command", "a"),
    ],
)
def test_line_that_is_not_as_it_has_to_be(
    program: Program, server: Server, line: bytes, code: str, id: str | None
) -> None:
    """An invalid line is not sent; the error is a line, with the id if there was one."""
    program.types_bytes(line)

    assert [] == server.hears
    assert [("error", "CLIENT", code, id)] == [(event[0], event[1], *event[3:]) for event in program.told]


def test_empty_line(program: Program, server: Server) -> None:
    """An empty line is ignored."""
    program.types("", "  ")

    assert ([], []) == (server.hears, program.told)


def test_help(program: Program, server: Server) -> None:
    """`/help` is answered as well."""
    program.types("/help", "/help msg")
    everything, one = program.told

    assert everything[:2] == ("success", "CLIENT")
    assert one[2].startswith("/private <username> <message>  - Send private message (also /msg, ")


def test_history(program: Program, server: Server) -> None:
    """Commands as people type them work here, too."""
    program.types("/history R 5")

    assert [("history", "R", 5)] == [(one["status"], one["receiver"], one["limit"]) for one in server.hears]


def test_bytes_that_are_no_utf_8_in_a_command(program: Program, server: Server) -> None:
    """Invalid bytes in a typed command are replaced, as in piped line mode."""
    program.types_bytes(b"/group R caf\xe9")

    assert ["caf\N{REPLACEMENT CHARACTER}"] == server.texts


def test_end_of_input(program: Program, server: Server) -> None:
    """The client leaves once everything is answered, and the exit code is 0."""
    program.types("/join R")
    program.ends_input()
    before = program.exit_code
    server.tells(refused("1"))

    assert (None, 0) == (before, program.exit_code)


@pytest.mark.parametrize("line", ["/quit", '{"status":"quit"}'])
def test_quit(program: Program, server: Server, line: str) -> None:
    """`quit` leaves at once; only messages without an answer are reported."""
    program.types("/users", '{"status":"group","receiver":"R","text":"x","id":"a"}', line)
    program.shuts_down()
    server.hangs_up()

    assert 0 == program.exit_code
    assert [("not_confirmed", "a")] == [event[3:] for event in program.told]


def test_lost_and_back(program: Program, server: Server) -> None:
    """A lost and a restored connection are reported; requests in between are answered."""
    program.types('{"status":"ping","id":"a"}')
    server.hangs_up()
    program.types('{"status":"ping","id":"b"}')
    program.waits(1)
    server = program.reaches()
    server.tells(welcome())
    server.tells(granted("3"))  # the `ping` that ends what was missed
    server.tells(granted("1"), granted("2"))

    assert [
        ("error", "CLIENT", "Connection lost: reconnecting to 127.0.0.1:5555", "connection_lost", None),
        ("success", "CLIENT", "Reconnected to 127.0.0.1:5555: 1 request sent again", None, None),
        ("success", "SERVER", "granted", None, "a"),
        ("success", "SERVER", "granted", None, "b"),
    ] == program.told


def test_what_was_missed(program: Program) -> None:
    """Answers that report missed messages are passed on."""
    server = program.reaches()
    server.tells(welcomes())
    program.types("/join R", "/join S", "/join T")
    for id in "123":
        server.tells(Success("SERVER", "Alice", "joined", id=id, seq=1, epoch="one"))
    server.hangs_up()
    program.waits(1)
    program.clears_screen()
    server = program.reaches()
    server.tells(
        welcomes(gap=True),
        Success("SERVER", "Alice", "joined R", id="4", seq=9, epoch="one", gap=True, missed=8),
        Success("SERVER", "Alice", "joined S", id="5", seq=1, epoch="one"),
        Error("SERVER", "Alice", "no T", id="6", code="room_not_found"),
    )
    told = [(event["text"], event.get("missed"), event.get("id")) for event in program.events]

    assert [("Welcome to ClassChat, Alice!", None, None), ("joined R", 8, None), ("no T", None, None)] == told


def test_what_nobody_knows(program: Program) -> None:
    """With a new journal, requests with an unknown outcome are reported with the program's id."""
    server = program.reaches()
    server.tells(welcomes())
    program.types('{"status":"group","receiver":"R","text":"x","id":"a"}')
    server.hangs_up()
    program.waits(1)
    program.clears_screen()
    program.reaches().tells(welcomes("two"))

    assert [("not_confirmed", "a")] == [event[3:] for event in program.told]


def test_server_that_does_not_come_back(program: Program, server: Server) -> None:
    """At the end, requests without an answer and unsent ones are reported; the exit code is 1."""
    program.types('{"status":"users","id":"a"}')
    server.hangs_up()
    program.types('{"status":"users","id":"b"}', '{"status":"group","receiver":"R","text":"x","id":"c"}')
    for _ in range(100):
        if program.exit_code is not None:
            break
        program.does_not_reach(error.ConnectionRefusedError())
        program.waits(15)
    told = program.told

    assert [
        ("connection_lost", None),
        ("not_confirmed", "a"),
        ("not_sent", "b"),
        ("not_sent", "c"),
        ("closed", None),
    ] == [event[3:] for event in told]
    assert 1 == program.exit_code


def test_first_version(program: Program) -> None:
    """A server of the first version answers no id; unknown requests are refused."""
    server = program.reaches()
    server.tells(welcome(server=None))
    program.clears_screen()
    program.types('{"status":"join","receiver":"R","id":"a"}', '{"status":"rooms","id":"b"}')
    server.tells(Success("SERVER", "Alice", "You have joined 'R'"))

    assert [("CLIENT", "b"), ("SERVER", None)] == [(event[1], event[4]) for event in program.told]


def test_password_of_a_file() -> None:
    """A registered name takes the password from a file; no line shows it."""
    program = Program(password="correct horse")  # noqa: S106
    program.starts()
    server = program.reaches()
    server.tells(Error("SERVER", "Alice", "It is claimed", code="password_required"))
    server.hangs_up()
    program.waits(0.01)
    server = program.reaches()
    server.tells(Private("Bob", "Alice", "missed", seq=1, time="t", replay=True), welcomes())
    server.forgets()
    program.types("/claim", "/password", '{"status":"claim","text":"another horse","id":"7"}')

    assert ["correct horse", "another horse"] == server.texts
    assert [("private", "missed"), ("success", "Welcome to ClassChat, Alice!")] == [
        (event["status"], event["text"]) for event in program.events[:2]
    ]


def test_no_password() -> None:
    """Without a password the program gets a sentence that says what to do, and it ends."""
    program = Program()
    program.starts()
    program.reaches().tells(Error("SERVER", "Alice", "It is claimed.", code="password_required"))

    text = "It is claimed. Give the password with --password-file FILE"
    assert [("error", "CLIENT", text, "password_required", None)] == program.told
    assert 1 == program.exit_code


@pytest.mark.parametrize("line", ["/claim", '{"status":"password","text":"a","current":"b","id":"7"}'])
def test_no_password_in_plain_text(line: str) -> None:
    """A request with a password does not go to another machine unencrypted."""
    program = Program(host="192.0.2.1", encrypted=False, password="correct horse")  # noqa: S106
    program.starts()
    server = program.reaches()
    server.tells(welcome())
    server.forgets()
    program.clears_screen()
    program.types(line)
    (told,) = program.told

    assert ([], "invalid_command") == (server.hears, told[3])
    assert "Passwords are not sent unencrypted" in str(told[2])


def test_another_name(program: Program, server: Server) -> None:
    """A program takes another name like any request; the client's own lines go to it from then on."""
    program.types('{"status":"rename","text":"Bob","id":"mine"}')
    server.tells(Success("SERVER", "Bob", "You are now called Bob", id=server.hears[-1]["id"]))
    program.types("nonsense")
    renamed, complaint = program.events

    assert ("Bob", "mine") == (renamed["receiver"], renamed["id"])
    assert ("CLIENT", "Bob") == (complaint["sender"], complaint["receiver"])
