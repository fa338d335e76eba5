"""Input from IRC clients: every command, with usual, wrong and hostile parameters."""

from __future__ import annotations

import base64

from classchat.irc.commands import COMMANDS
from classchat.wire.irc.capabilities import OFFERED
from tests.fuzz import speech
from tests.fuzz.choices import Choices

_COMMANDS = sorted(COMMANDS)
_CHANNELS = ["#R", "#R", "#R", "#CS350", "#CS350", "#r", "#김", "#T", "#U"]
_NICKS = ["Eve", "Mallory", "Trent", "Peggy"]
"""Names that no JSON client takes, so that they are often free."""

_STRANGE = [
    "", "#", "&R", "##R", "#a,b", "#R,#CS350,#T,#U,#V,#W", "0", "*", "#*", "*R*", "#x\x07y", "#" + "x" * 300,
    "$$*", "@#R", "Alice!~user@Alice", "Alice,Bob,alice,Carol,Dave", "SERVER", "NickServ", "classchat.server",
    "\u202e",
]  # fmt: skip
_TEXTS = [
    "Hello", "Hello", "Hello, everybody", "\x01ACTION waves\x01", "\x01VERSION\x01", "\x0304,04Alice\x03 red",
    "\x02\x1d\x1f\x16\x0f", "e\u0301" * 400, "a \u0301b" * 300, "😀" * 300, "a\rQUIT", "a\0b",
    "\u202eabc\u2066",    "\x01",
    "!hand x", " !HAND", "!lower", "!vote 1", "!up 1", "!here x", "!ask Why?", "!!",
    " ", "", "x" * 4000, "\u2028", "\x85", ":", "* Alice waves", "\tx",
]  # fmt: skip
_OF_CLASS = [
    "class", "hand", "hand x", "lower", "lower Alice", "ask Why?", "ask --named x", "questions",
    "questions open full", "up 1", "vote 1", "polls", "here x", "session begin", "session end", "queue",
    "next", "done", "answer 1 x", "approve 1", "dismiss 1", "reveal 1", "mute 1 30m", "unmute 1",
    "queue fair", "poll Which? | A | B | 5s live",
    "endpoll", "present 10s", "mark Alice late", "roster", "groups 2", "groups close", "assist Alice",
    "unassist Alice", "room exam", "room slow 1s", "room talk", "help staff",
]  # fmt: skip
_PARAMETERS = [
    "+b", "-b", "+q", "+o", "-o", "b", "q", "+imnt", "-im", "+kl", "+bbbbbbbb", "+B-w", "*!*@*", "Alice!*@*",
    "*", "LS", "302", "REQ", "END", "LIST", "LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN", "TARGETS",
    "-1", "0", "1", "1000", "9" * 40, "timestamp=2026-11-23T10:00:00.000Z",
    "timestamp=0001-01-01T00:00:00.000Z", "timestamp=9999-12-31T23:59:59.999Z",
    "timestamp=2026-02-30T10:00:00.000Z",
    "msgid=x", "msgid=", "msgid=a.b.999999999999999999", "PLAIN", "+", "=" * 400, "%tcuihsnfdlaor,999", "o",
    "C", "L", "S", ">0,<9", "help", "history #R", "search Hello", "draft/multiline", "+1", "-1", "x" * 400,
]  # fmt: skip
_TAGS = [
    "batch=1",
    "batch=1;draft/multiline-concat",
    "+typing=active",
    "a=\\:\\s\\r\\n\\\\",
    "time=x",
    ";;=",
    "x" * 900,
]
_WANTED = [
    "batch message-tags server-time echo-message labeled-response",
    "message-tags",
    "batch message-tags server-time echo-message draft/multiline",
    " ".join(OFFERED),
    "",
]


def registration(choices: Choices, known: speech.Known) -> bytes:
    """Return how a client registers: most often in order, and under a name that others may have."""
    nick = speech.name(choices, known) if choices.one_in(3) else choices.of(_NICKS)
    realname = choices.of(_TEXTS) or "x"
    lines = [f"CAP REQ :{choices.of(_WANTED)}", f"NICK {nick}", f"USER u 0 * :{realname}"]
    match choices.below(16):
        case 0:
            lines.insert(0, f"PASS {speech.password(choices)}")
        case 1:
            lines[1:1] = _sasl(nick, choices)
        case 2:
            lines.append(f"REGISTER * * {speech.password(choices)}")
        case 3:
            lines.insert(choices.below(4), _line(choices, known))
    return _encoded([*lines, "CAP END", *["JOIN #R,#CS350"] * choices.of([1, 1, 1, 0])])


def _sasl(nick: str, choices: Choices) -> list[str]:
    plain = f"\0{nick}\0{speech.password(choices)}".encode("utf-8", "replace")
    return ["AUTHENTICATE PLAIN", f"AUTHENTICATE {base64.b64encode(plain).decode()}"]


def request(choices: Choices, known: speech.Known) -> bytes:
    """Return some command's line, which may have a password where one belongs."""
    if choices.one_in(12):
        secret = choices.of(
            ["PASS", "OPER Alice", "REGISTER * *", "NS IDENTIFY", "PRIVMSG NickServ :REGISTER"]
        )
        return _encoded([f"{secret} {speech.password(choices)}"])
    if choices.one_in(8):
        word, _, rest = choices.of(_OF_CLASS).partition(" ")
        return _encoded([f"PRIVMSG Class :{word} {choices.of(_CHANNELS)} {rest}"])
    return _encoded([_line(choices, known)])


def talk(choices: Choices, known: speech.Known) -> bytes:
    """Return a client's most usual line, some of it a message of several lines."""
    target = choices.of([*_CHANNELS[:6], *known.cast])
    match choices.below(8):
        case 0 | 1:
            lines = [f"JOIN {choices.of(_CHANNELS)}"]
        case 2:
            texts = [choices.of(_TEXTS) for _ in range(choices.below(4))]
            inner = [f"@batch=1 PRIVMSG {target} :{text}" for text in texts]
            lines = [f"BATCH +1 draft/multiline {target}", *inner, "BATCH -1"]
        case _:
            label = f"@label={known.new_id()} " if choices.one_in(3) else ""
            lines = [f"{label}PRIVMSG {target} :{choices.of(_TEXTS)}"]
    return _encoded(lines)


def spoiled(line: bytes, choices: Choices) -> bytes:
    """Return a line with some bytes changed; it may become several."""
    bytes_ = bytearray(line)
    at = choices.below(min(len(bytes_), 60_000))
    match choices.below(4):
        case 0:
            bytes_[at:at] = choices.of(
                [b"\r", b"\n", b"\0", b"\xff", b"\x01", b" :", b"@", b";", b"\x7f" * 8_200]
            )
        case 1:
            del bytes_[at : at + choices.below(20)]
        case 2:
            bytes_[at : at + 1] = bytes([choices.below(256)])
        case _:
            bytes_ = bytes_[:at]
    return bytes(bytes_)


def _line(choices: Choices, known: speech.Known) -> str:
    command = choices.of(_COMMANDS)
    if command in ("QUIT", "PASS") and choices.below(8):
        command = "NAMES"
    params = [_parameter(choices, known) for _ in range(choices.below(5))]
    if choices.one_in(2):
        params.append(f":{choices.of(_TEXTS)}")
    tags = [choices.of(_TAGS)] if choices.one_in(6) else []
    if choices.one_in(3):
        tags.append(f"label={known.new_id()}")
    return f"{'@' if tags else ''}{';'.join(tags)}{' ' if tags else ''}{command} {' '.join(params)}"


def _parameter(choices: Choices, known: speech.Known) -> str:
    match choices.below(4):
        case 0:
            return choices.of(_CHANNELS)
        case 1:
            return speech.name(choices, known)
        case 2:
            return choices.of(_PARAMETERS)
        case _:
            return choices.of(_STRANGE)


def _encoded(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogatepass")
