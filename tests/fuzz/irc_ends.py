"""The far end of an IRC client, and what it can tell from the lines that it has received."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from classchat.wire.irc.irc_lines import IRCLine, parse
from tests.fuzz.ends import End

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MESSAGES = ("PRIVMSG", "NOTICE")


class IRCEnd(End):
    """The end of a client that speaks IRC, if its first line is one."""

    speaks_irc = True

    def events(self) -> list[dict[str, Any]]:
        """Return everything received, as messages: its first line was none of IRC."""
        return [] if self.heard().startswith(b"HTTP/1.1 4") else super().events()


def lines_of(end: End) -> list[IRCLine]:
    """Return everything received, as lines.

    Raises:
        AssertionError: it is no line, has control characters, or is longer than clients read.
    """
    *lines, rest = end.heard().split(b"\n")
    assert not rest or end.gone or end.encrypted, f"a line without an end: {rest[-200:]!r}"
    return [_checked(one) for one in lines]


def _checked(data: bytes) -> IRCLine:
    assert data.endswith(b"\r"), data
    text = data[:-1].decode()
    line = parse(text) or _numeric(text)
    inner = text
    if line.command in _MESSAGES and line.params[-1][:1] == "\x01" == line.params[-1][-1:]:
        inner = text.replace("\x01", "", 1).removesuffix("\x01")
    assert not _CONTROL.search(inner), repr(text)
    tags, _, plain = data.partition(b" ") if data.startswith(b"@") else (b"", b"", data)
    assert len(tags) < 8_191, data
    assert len(plain) + 1 <= 512, (len(plain), data)
    return line


def _numeric(text: str) -> IRCLine:
    """Return a line with a numeric, which no client may send."""
    found = re.fullmatch(r"(?P<tags>@\S+ )?(?P<source>:\S+ )(?P<number>\d{3})(?P<rest> .*)", text)
    assert found is not None, repr(text)
    line = parse(f"{found['tags'] or ''}{found['source']}N{found['number']}{found['rest']}")
    assert line is not None, repr(text)
    return replace(line, command=found["number"])


@dataclass
class Heard:
    """What a client has heard, in its order."""

    nicks: list[str] = field(default_factory=list)
    """The names that its user has had."""

    capabilities: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)
    labels: list[str] = field(default_factory=list)
    messages: list[tuple[IRCLine, int]] = field(default_factory=list)
    """The first lines of messages that came live, each with a number: the stay in the room."""

    private: list[IRCLine] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """The references of the batches that have not ended."""


def heard_by(end: End) -> Heard:
    """Return what a client has heard.

    Raises:
        AssertionError: a line stands in no batch that is open, or a batch ends that is not.
    """
    heard, stay = Heard(), 0
    for line in lines_of(end):
        reference = line.tags.get("batch")
        assert reference is None or reference in heard.open, (line, heard.open)
        if "label" in line.tags:
            heard.labels.append(line.tags["label"])
        mine = line.source.partition("!")[0] in heard.nicks[-1:]
        match line.command:
            case "001":
                heard.nicks.append(line.params[0])
            case "NICK" if mine:
                heard.nicks.append(line.params[0])
            case "JOIN" | "PART" if mine:
                stay += 1
            case "KICK" if line.params[1] in heard.nicks[-1:]:
                stay += 1
            case "CAP" if line.params[1] == "ACK":
                _take(heard, line.params[2])
                stay += 1
            case "BATCH" if line.params[0].startswith("+"):
                heard.open.append(line.params[0][1:])
            case "BATCH":
                heard.open.remove(line.params[0][1:])
            case "PRIVMSG" | "NOTICE":
                if not line.params[0].startswith("#"):
                    heard.private.append(line)
        if _is_live(line, heard):
            heard.messages.append((line, stay))
    return heard


def _take(heard: Heard, granted: str) -> None:
    for word in granted.split():
        if word.startswith("-"):
            heard.capabilities.discard(word[1:])
        else:
            heard.capabilities.add(word)
            heard.ever.add(word)


def _is_live(line: IRCLine, heard: Heard) -> bool:
    """Return whether a line is the first one of a message to a room that was said just now.

    A TAGMSG has an id as well, but no number in the order of its room, where it is not kept.
    """
    if line.tags.get("msgid") is None or line.command == "TAGMSG":
        return False
    target = line.params[2] if line.command == "BATCH" and len(line.params) > 2 else line.params[0]
    return target.startswith("#") and not any(one.startswith("h") for one in heard.open)
