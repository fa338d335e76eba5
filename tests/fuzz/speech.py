"""Input from clients: every command, with valid and invalid fields."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

import msgspec
from msgspec import inspect

from classchat.class_commands import ClassCommand, StartPoll
from classchat.messages import Command
from tests.fuzz.choices import Choices

MARK = "hunter2"
"""A part of every password, and of nothing else: it must never be sent or logged."""

_PASSWORDS = [
    f"{MARK}-correct-horse",
    f"{MARK}-battery-staple",
    MARK,
    f"{MARK}-\u017fo\u0301\uff21 \u00a0",
    f"{MARK}\0",
]
_NAMES = [
    "Alice", "Bob", "Carol", "alice", "Zoë", "김철수", "محمد", "नमस्ते", "Dave",
    "\u0410lice", "al\u0131ce", "ALICE", "Ser\u03bder", "SERVER", "\uff21lice", "Zoe\u0308",
    "", "no name", "x" * 33, "x" * 5000, "~1", "#r", "\ud800", "a\u200db", "\u202eecilA", "\ufb01ne",
    "e" + "\u0301" * 40, "{}", "-", "\x1b[2J", "a\nb", "\0",
]  # fmt: skip
CASTS = [
    ("Alice", "Bob"),
    ("Alice", "alice", "\u0410lice"),
    ("Alice", "al\u0131ce", "Bob", "Carol"),
    ("Zoë", "Zoe\u0308", "김철수"),
]
_ROOMS = [
    "R", "CS350", "Zoë", "r", "김", "20", "T", "U", "V", "W", "\u0410", "Stra\u00dfe", "STRASSE",
    "", "no room", "x" * 65, "R" * 9000, "\ud800", "#r", "a\nb", "~1",
]  # fmt: skip
_TEXTS = [
    "Hello", "", "a b", "é" * 200, "😀" * 4000, "\n\t", "\x1b[31m\x07", "\ud800", "x" * 10_000, "x" * 10_001,
    '"\\' * 100, "\u2028" * 50, "private", "open", "announce", "talk", "\0", "%s{}{0}", "30m", "x" * 60_000,
]  # fmt: skip
_WORDS = {
    "session": ["begin", "begin", "end"],
    "done": ["helped", "absent", "later", ""],
    "hands": ["", "open", "closed", "fair", "order"],
    "questions": ["", "open", "approve", "off"],
    "present": ["", "", "end"],
    "mark": ["present", "late", "excused", "absent"],
    "roster": ["", "add"],
    "groups": ["random", "new", "same", "section", "close"],
    "room": ["talk", "questions", "exam", "slow", "announce", "private", "open"],
}
"""What the commands of a class understand as their texts."""

_SMALL_NUMBERS = {
    "number": [1, 1, 2, 3],
    "choices": [0, 0, 1],
    "count": [1, 2, 3],
    "size": [1, 2],
    "seconds": [10, 30, 5, 600],
    "seq": [1, 1, 2, 3, 5, 8],
}
"""Numbers that the commands of a class may grant, and those of messages to delete."""
_NUMBERS = [0, 1, 2, 3, 10, 50, 1000, 1001, -1, 1 << 31, (1 << 63) - 1, 1 << 63, 1 << 64, 10**30]
_TIMES = [
    "2026-11-23T10:00:00Z", "2027-01-15T08:00:00.5+02:00", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23T10:00:00", "yesterday",
]  # fmt: skip
_NEST = 3000
_WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 1e300, [], {}, "", "x", "\ud800", [[]] * 20, {"a": {"b": []}}, "x" * 70_000,
]  # fmt: skip
_BYTES = [
    b"\n", b"\r\n", b"\0", b"\xff\xfe", b"{", b"}", b'"', b"\\ud800", b"\x16\x03\x01", b"," * 9, b"[" * _NEST,
    b'{"a":' * _NEST, b"x" * 70_000, b"\xed\xa0\x80", b'"status":"ping",', b"9" * 4000, b"1e999", b"NaN",
    b"\xef\xbb\xbf",
]  # fmt: skip


@dataclass
class Known:
    """The names and tokens that a client can know from the server."""

    tokens: list[str] = field(default_factory=list)
    epoch: str = "an epoch"
    ids: int = 0
    cast: tuple[str, ...] = ("Alice",)
    """The names in most commands, few enough to cause conflicts."""

    def new_id(self) -> str:
        """Return an unused id that contains no other one."""
        self.ids += 1
        return f"id-{self.ids:06}."


KINDS = get_args(Command)
CLASS_KINDS = get_args(ClassCommand)
CLASSES = {kind.__struct_config__.tag for kind in CLASS_KINDS}


def command(choices: Choices, known: Known) -> tuple[dict[str, Any], bool]:
    """Return some command, and whether it may have a password."""
    kind = choices.of(KINDS)
    message = of_kind(kind, choices, known)
    return message, MARK in str(message)


def of_kind(kind: type[msgspec.Struct], choices: Choices, known: Known, **given: Any) -> dict[str, Any]:
    """Return a command of this kind, with these fields given and some of the others."""
    message: dict[str, Any] = {"status": kind.__struct_config__.tag}
    for one in _fields(kind):
        if one.encode_name in given:
            message[one.encode_name] = given[one.encode_name]
        elif kind is StartPoll and one.encode_name == "options" and not choices.one_in(4):
            message["options"] = ["quicksort", "mergesort"]
        elif one.encode_name in _USUAL or not choices.one_in(2):
            message[one.encode_name] = _value(one.encode_name, one.type, message["status"], choices, known)
    return message


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    return shape.fields


_USUAL = {"receiver", "text", "id", "sender"}
_SECRET = {("register", "text"), ("claim", "text"), ("password", "text"), ("password", "current")}


def password(choices: Choices) -> str:
    """Return a password, most often a usual one."""
    return choices.of([*_PASSWORDS[:1] * 4, *_PASSWORDS])


def name(choices: Choices, known: Known) -> str:
    """Return a name to sign in with, most often one of the cast."""
    return choices.of(known.cast if choices.below(4) else _NAMES)


def _value(name_: str, type_: inspect.Type, status: str, choices: Choices, known: Known) -> Any:
    match type_:
        case inspect.UnionType():
            return _value(name_, choices.of(type_.types), status, choices, known)
        case inspect.NoneType():
            return None
        case inspect.StrType():
            return _string(name_, status, choices, known)
        case inspect.IntType() | inspect.FloatType():
            likely = [] if choices.one_in(4) else _SMALL_NUMBERS.get(name_, [])
            return choices.of(likely or _NUMBERS)
        case inspect.BoolType():
            return not choices.one_in(2)
        case inspect.DateTimeType():
            return choices.of(_TIMES)
        case inspect.DictType():
            return {choices.of(_NAMES + _ROOMS): choices.of(_NUMBERS) for _ in range(choices.below(4))}
        case inspect.StructType():
            return {
                one.encode_name: _value(one.encode_name, one.type, status, choices, known)
                for one in type_.fields
                if one.required or choices.one_in(2)
            }
        case inspect.ListType():
            return [_value(name_, type_.item_type, status, choices, known) for _ in range(choices.below(4))]
        case _:
            return choices.of(_WRONG)


def _string(name_: str, status: str, choices: Choices, known: Known) -> str | None:
    if (status, name_) in _SECRET:
        return password(choices)
    match name_:
        case "id":
            return known.new_id()
        case "token":
            return choices.of([*known.tokens[-8:], "x" * 43, "", "\ud800"])
        case "epoch":
            return choices.of([known.epoch, known.epoch, "another"])
        case "text" if status == "rename":
            return name(choices, known)
        case "text" if status in _WORDS and not choices.one_in(4):
            return choices.of(_WORDS[status])
        case "text":
            return choices.of([*_TEXTS[:3] * 4, *_TEXTS])
        case "receiver":
            if status in CLASSES and not choices.one_in(4):
                return "R"
            if choices.below(4):
                return choices.of([*known.cast, *_ROOMS[: len(known.cast)]])
            return choices.of(_ROOMS + _NAMES)
        case _:
            return name(choices, known)


def line(message: dict[str, Any], choices: Choices) -> bytes:
    """Return a message as a line, in one of the ways in which JSON can be written."""
    if choices.one_in(2):
        return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    return json.dumps(message, separators=(",", ":")).encode() + choices.of([b"\n", b"\r\n"])


def spoiled(message: dict[str, Any], choices: Choices, *, secret: bool) -> bytes:
    """Return a message as a malformed line.

    A command with a password keeps its type: in another one, the password would be sent as a text.
    """
    if not choices.one_in(3) or secret:
        fields = [one for one in message if one != "status" or not secret]
        message = {**message, choices.of(fields): choices.of(_WRONG)}
        return line(message, choices)
    bytes_ = bytearray(line(message, choices))
    for _ in range(choices.below(3) + 1):
        at = choices.below(len(bytes_) + 1) if len(bytes_) < 65_000 else 0
        match choices.below(4):
            case 0:
                bytes_[at:at] = choices.of(_BYTES)
            case 1:
                del bytes_[at : at + choices.below(20)]
            case 2:
                bytes_[at : at + 1] = bytes([choices.below(256)])
            case 3:
                bytes_[at:at] = bytes_[: choices.below(64)]
    return bytes(bytes_)


def noise(choices: Choices) -> bytes:
    """Return random bytes."""
    return b"".join(choices.of([*_BYTES, bytes([choices.below(256)])]) for _ in range(choices.below(4) + 1))


def bare_name(choices: Choices, known: Known) -> bytes:
    """Return how a classic client signs in."""
    return name(choices, known).encode("utf-8", "surrogatepass") + choices.of([b"\n", b"\n", b"\r\n", b""])
