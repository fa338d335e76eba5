"""Nobody puts a second line, a tag or a hidden code into what others receive, whatever they say and set."""

from __future__ import annotations

import re
from typing import Any

import pytest
from wcwidth import iter_graphemes

from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer, command_of

_ALL = (
    "batch",
    "message-tags",
    "server-time",
    "account-tag",
    "away-notify",
    "extended-join",
    "invite-notify",
)
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")

HOSTILE = [
    "a\r\nQUIT :bye",
    "a\nKICK #CS350 Bob",
    "a\rb\0c",
    "\x0304,04hidden\x03 \x02\x1d\x1f\x1e\x11\x16\x0f",
    "\x04ff0000,ff0000hidden",
    "\x01VERSION\x01",
    "a\x85b\u2028c\u2029d",
    "@time=x;batch=1 :Bob PRIVMSG #CS350 :x",
    ":x :y ;z \\n",
    "\x1b[2J\x7f\x9b31m",
]
"""What ends a line, begins a tag, or hides a part of a text from readers."""


class Room:
    """Two IRC clients with different capabilities, a JSON client and a hostile IRC client, all in #CS350."""

    def __init__(self) -> None:
        self.server = IRCServer()
        (self.json,) = self.server.signs_in("Jason")
        self.json.sends({"status": "create", "receiver": "CS350"})
        self.server.settles()
        (self.plain,) = self.server.irc("Bob")
        (self.modern,) = self.server.irc("Carol", capabilities=_ALL)
        self.hostile = self.server.is_called_by_irc()
        for each in (self.plain, self.modern):
            each.sends("JOIN #CS350")
        self.server.settles()
        self.server.forgets()

    def enters(self, realname: str = "x", username: str = "x") -> None:
        """Register the hostile client, and join the room."""
        self.hostile.sends("NICK Mallory", f"USER {username} 0 * :{realname}", "JOIN #CS350")
        self.server.settles()

    def says(self, **command: Any) -> None:
        """Send a JSON client's command."""
        self.json.sends(command)
        self.server.settles()

    def lines(self) -> list[str]:
        """Return what the two clients have heard, each line checked."""
        lines = [line for each in (self.plain, self.modern) for line in each.lines()]
        for line in lines:
            assert not _CONTROL.search(line), repr(line)
            tags, _, _ = line.partition(" ") if line.startswith("@") else ("", "", "")
            names = {tag.partition("=")[0] for tag in tags[1:].split(";")}
            assert names <= {"", "time", "msgid", "account", "batch", "bot"}, line
        return lines


@pytest.fixture
def room() -> Room:
    """Return the room."""
    return Room()


def _commands(lines: list[str]) -> set[str]:
    return {command_of(line) for line in lines}


@each_case("text", HOSTILE)
@each_case(
    ("kind", "command"),
    [
        ("group", "PRIVMSG"),
        ("topic", "TOPIC"),
        ("kick", "KICK"),
        ("ban", "KICK"),
        ("mute", "NOTICE"),
        ("away", "AWAY"),
    ],
)
def test_texts_of_json_clients(room: Room, text: str, kind: str, command: str) -> None:
    """A text that is set by a JSON client is only a text to IRC clients."""
    room.enters()
    room.server.forgets()
    asked = {"receiver": "" if kind == "away" else "CS350", "text": text}
    if kind in ("kick", "ban", "mute"):
        asked["user"] = "Mallory"
    room.says(status=kind, **asked)
    heard = _commands(room.lines())

    assert heard <= {command, "MODE", "NOTICE"}


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_irc_clients(room: Room, text: str) -> None:
    """A text of an IRC client has no code left; what follows a newline in it is a line of its own."""
    text = text.replace("\n", "")
    room.enters(realname=text, username=f"x{text.split(' ')[0]}")
    mallory = room.hostile
    for line in ("PRIVMSG #CS350 :", "NOTICE #CS350 :", "AWAY :", "PRIVMSG #CS350 :\x01ACTION "):
        mallory.sends(f"@+tag=x;time=y;account=Bob;label=z {line}{text}")
        room.server.settles()
    for asks in ("WHOIS Mallory", "WHO Mallory %urtnfah", "WHO #CS350", "USERHOST Mallory", "NAMES #CS350"):
        room.plain.sends(asks)
        room.modern.sends(asks)
    mallory.sends(f"PART #CS350 :{text}", "JOIN #CS350")
    room.server.settles()
    mallory.sends(f"QUIT :{text}")
    room.server.settles()
    lines = [line.replace("\x01ACTION", "ACTION").removesuffix("\x01") for line in _heard(room)]

    assert not [line for line in lines if _CONTROL.search(line)]
    assert not [line for line in lines if line.startswith("@") and ("+tag" in line or "account=Bob" in line)]
    assert "KICK" not in _commands(lines)


def _heard(room: Room) -> list[str]:
    return [line for each in (room.plain, room.modern) for line in each.lines()]


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nb",
        "a\0b",
        "a b",
        "a\u200db",
        "\u202eecilA",
        "a\x03b",
        ":a",
        "a,b",
        "a!b@c",
        "#a",
        "a\u00a0b",
        "a\u2028",
    ],
)
def test_names(room: Room, name: str) -> None:
    """No name that would be two words, or look like another one, comes to IRC clients."""
    room.says(status="create", receiver=name)
    other = room.server.is_called()
    other.sends({"status": "register", "sender": name}, {"status": "join", "receiver": "CS350"})
    room.server.settles()
    room.hostile.sends(f"NICK {name}".replace("\n", ""), "USER x 0 * :x", "JOIN #CS350")
    room.server.settles()
    room.plain.sends("LIST", "NAMES #CS350", "WHO *")
    room.server.settles()

    for line in room.lines():
        assert all(len(word) > 0 for word in line.split(" :")[0].split(" ")), line
        assert not re.search("[\u200d\u202e\u00a0\u2028]", line), repr(line)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "word " * 2_000,
        "e\u0301" * 5_000,
        "a \u0301" * 3_333,
        "👨\u200d👩\u200d👧 " * 800,
        "\n".join("é" * 70 for _ in range(140)),
        ("\r\n" * 100 + "x") * 49,
        "🇩🇪" * 2_500,
    ],
)
def test_a_long_message(room: Room, text: str) -> None:
    """It comes in lines that all clients can read, none of which is cut inside a character."""
    text = text[:10_000]
    room.says(status="group", receiver="CS350", text=text)
    whole = {cluster for line in text.replace("\r", "\n").split("\n") for cluster in iter_graphemes(line)}
    for line in _said(room.plain):
        assert len(line.encode()) <= 510, line
        said = line.partition(" :")[2]
        wrong = [
            cluster for cluster in iter_graphemes(said) if cluster not in whole and cluster not in " ⏎\ufffd"
        ]
        assert not wrong, (wrong[:3], said)


def _said(caller: IRCCaller) -> list[str]:
    lines = caller.lines("PRIVMSG")
    assert lines
    return lines
