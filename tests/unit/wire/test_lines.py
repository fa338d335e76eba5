"""JSON lines: splitting, decoding, encoding."""

from __future__ import annotations

import gc
import itertools
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.errors import ChatError, InvalidFormat, UnknownStatus
from classchat.messages import (
    LONGEST_ID,
    Ban,
    Broadcast,
    Close,
    Command,
    Create,
    Delete,
    Deop,
    Error,
    Event,
    Group,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Ping,
    Private,
    Probe,
    Quit,
    Register,
    RoomListing,
    Say,
    Search,
    SetRoom,
    SetTopic,
    ShareFile,
    Since,
    Success,
    Tell,
    Unban,
    Unmute,
    UserListing,
)
from classchat.texts import harmless
from classchat.wire.lines import (
    LONGEST_LINE,
    TOO_LONG,
    LineSplitter,
    TooLongLine,
    decode_bare_name,
    decode_command,
    decode_event,
    encode,
    encode_command,
    fits,
    is_bare_name,
)
from tests.tables import each_case

_T = TypeVar("_T")

# Splitting.

LONGEST = 8  # bytes, the newline included


def _split(*chunks: bytes, longest: int = LONGEST) -> list[bytes | TooLongLine]:
    splitter = LineSplitter(longest)
    return [line for chunk in chunks for line in splitter.feed(chunk)]


def _cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(edges)]


def test_all_lines_of_a_chunk_come_at_once() -> None:
    """A chunk gives every line that it completes, without the newlines; empty lines are lines."""
    assert [b"one", b"", b"two"] == _split(b"one\n\ntwo\nthr")


def test_a_line_may_come_in_pieces() -> None:
    """An incomplete line is kept until it is complete."""
    splitter = LineSplitter(LONGEST)

    assert ([], [], [b"Alice"]) == (splitter.feed(b"Al"), splitter.feed(b"ice"), splitter.feed(b"\n"))


@each_case("size", [1, 2, 3, 7, 8, 9, 100])
@each_case(
    ("length", "line"),
    [(LONGEST - 1, b"x" * (LONGEST - 2)), (LONGEST, b"x" * (LONGEST - 1)), (LONGEST + 1, TOO_LONG)],
)
def test_the_longest_line(length: int, line: bytes | TooLongLine, size: int) -> None:
    """A line of exactly so many bytes with its newline passes, one more is too long, in any chunks."""
    stream = b"x" * (length - 1) + b"\nok\n"
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]

    assert [line, b"ok"] == _split(*chunks)


def test_a_long_line_is_refused_before_its_end() -> None:
    """A line that is too long is marked at once, and once."""
    splitter = LineSplitter(LONGEST)

    assert [TOO_LONG] == splitter.feed(b"x" * LONGEST)
    assert [] == splitter.feed(b"x" * LONGEST)
    assert [b"ok"] == splitter.feed(b"x\nok\n")


def test_several_long_lines_are_refused_one_by_one() -> None:
    """Each line that is too long has its own mark, in its place."""
    assert [b"a", TOO_LONG, b"b", TOO_LONG, TOO_LONG] == _split(b"a\n123456789\nb\n123456789\n1234567890")


@given(
    st.lists(st.sampled_from([b"x" * size for size in range(12)] + [b"\n"]), max_size=30).map(b"".join),
    st.lists(st.integers(min_value=0), max_size=30),
)
def test_chunks_do_not_matter(stream: bytes, places: list[int]) -> None:
    """Any chunking of a stream gives the same lines and marks as one chunk."""
    assert _split(stream) == _split(*_cut(stream, places))


@given(st.binary(max_size=100), st.lists(st.integers(min_value=0), max_size=10))
def test_every_line_arrives_or_is_marked(stream: bytes, places: list[int]) -> None:
    """The lines of a stream are those between its newlines, each itself or marked as too long."""
    *lines, rest = stream.split(b"\n")
    expected = [line if len(line) < LONGEST else TOO_LONG for line in lines]

    assert [*expected, *[TOO_LONG][: len(rest) >= LONGEST]] == _split(*_cut(stream, places))


def test_clear_forgets_the_unfinished_line() -> None:
    """The cleared part is returned, and is not part of the next line."""
    splitter = LineSplitter(LONGEST)
    splitter.feed(b"done\nhalf")

    assert b"half" == splitter.clear()
    assert [b"new"] == splitter.feed(b"new\n")


def test_clear_forgets_that_a_line_was_too_long() -> None:
    """After `clear` the next byte begins a line, also in the middle of a line that was too long."""
    splitter = LineSplitter(LONGEST)
    splitter.feed(b"x" * LONGEST)

    assert b"" == splitter.clear()
    assert [b"quit"] == splitter.feed(b"quit\n")


def test_ten_megabytes_without_a_newline_are_not_kept() -> None:
    """A stream without newlines costs one mark, and the memory of one line and one chunk."""
    splitter = LineSplitter(65_536)
    chunk = b"x" * 65_536
    tracemalloc.start()
    marks = [mark for _ in range(160) for mark in splitter.feed(chunk)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [TOO_LONG] == marks
    assert peak < 500_000


# Decoding commands.


def _decoded(decode: Callable[[bytes], _T], line: bytes) -> tuple[_T | None, ChatError | None]:
    """Return the command of a line, or its error: any other exception fails the test."""
    try:
        return decode(line), None
    except ChatError as refusal:
        return None, refusal


@each_case(
    ("status", "kind"),
    [
        ("register", Register),
        ("create", Create),
        ("join", Join),
        ("leave", Leave),
        ("group", Say),
        ("private", Tell),
        ("rooms", ListRooms),
        ("users", ListUsers),
        ("topic", SetTopic),
        ("kick", Kick),
        ("ban", Ban),
        ("unban", Unban),
        ("mute", Mute),
        ("unmute", Unmute),
        ("op", Op),
        ("deop", Deop),
        ("invite", Invite),
        ("room", SetRoom),
        ("close", Close),
        ("broadcast", Broadcast),
        ("ping", Ping),
        ("quit", Quit),
    ],
)
def test_requests_by_their_status(status: str, kind: type[Command]) -> None:
    """Every request of the protocol is decoded with its fields."""
    line = {"status": status, "sender": "Alice", "receiver": "R", "text": "Hello", "id": "7"}

    assert kind(sender="Alice", receiver="R", text="Hello", id="7") == decode_command(
        json.dumps(line).encode()
    )


@each_case(
    ("line", "expected"),
    [
        (b'{"status":"ban","receiver":"R","user":"Bob"}', Ban(receiver="R", user="Bob", seconds=None)),
        (b'{"status":"ban","user":"Bob","seconds":31622400}', Ban(user="Bob", seconds=31_622_400)),
        (b'{"status":"mute","user":"Bob","seconds":1}', Mute(user="Bob", seconds=1)),
        (b'{"status":"mute","user":"Bob","seconds":null}', Mute(user="Bob", seconds=None)),
        (b'{"status":"op"}', Op(user="")),
    ],
)
def test_orders_by_their_fields(line: bytes, expected: Command) -> None:
    """An order names its user, and, where it ends, for how many seconds it holds."""
    assert expected == decode_command(line)


def test_absent_fields_are_empty() -> None:
    """An absent string is "", and an absent id none."""
    assert Say(sender="", receiver="", text="", id=None) == decode_command(b'{"status":"group"}')


@each_case(
    "line",
    [
        b'{"status":"ping","colour":"blue","seq":1,"nested":{"a":[1,2]}}',
        b' {"status":"ping"} \r',
        b'{"status":"ping"}\r',
        b'{"x":null,"status":"ping"}',
        b'{"status":"p\\u0069ng"}',
    ],
)
def test_what_does_not_matter(line: bytes) -> None:
    """Unknown fields, white space and a carriage return change nothing."""
    assert Ping() == decode_command(line)


@each_case(
    ("line", "reason", "id"),
    [
        (b"", "the line is empty", None),
        (b" \r", "the line is empty", None),
        (b"hello", "malformed", None),
        (b'{"status":"ping"', "truncated", None),
        (b'{"status":"ping"} {"status":"ping"}', "trailing", None),
        (b"[]", "Expected `object`, got `array`", None),
        (b"null", "Expected `object`, got `null`", None),
        (b"5", "Expected `object`, got `int`", None),
        (b'"ping"', "Expected `object`, got `str`", None),
        (b"{}", "missing required field `status`", None),
        (b'{"id":"7"}', "missing required field `status`", "7"),
        (b'{"status":null,"id":"7"}', "`$.status`", "7"),
        (b'{"status":5,"id":"7"}', "`$.status`", "7"),
        (b'{"status":"group","text":5,"id":"7"}', "got `int` - at `$.text`", "7"),
        (b'{"status":"group","receiver":null,"id":"7"}', "got `null` - at `$.receiver`", "7"),
        (b'{"status":"group","sender":[],"id":"7"}', "got `array` - at `$.sender`", "7"),
        (b'{"status":"ping","id":5}', "got `int` - at `$.id`", None),
        (b'{"status":"ban","user":5,"id":"7"}', "got `int` - at `$.user`", "7"),
        (b'{"status":"kick","user":null,"id":"7"}', "got `null` - at `$.user`", "7"),
        (b'{"status":"ban","seconds":"30m","id":"7"}', "got `str` - at `$.seconds`", "7"),
        (b'{"status":"ban","seconds":1.5,"id":"7"}', "got `float` - at `$.seconds`", "7"),
        (b'{"status":"ban","seconds":0,"id":"7"}', "Expected `int` >= 1 - at `$.seconds`", "7"),
        (b'{"status":"mute","seconds":31622401}', "Expected `int` <= 31622400 - at `$.seconds`", None),
        (b'{"status":"none","status":"ping","id":"7"}', "more than one status", "7"),
        (b'{"status":"\xff"}', "the line is not UTF-8", None),
        (b'{"status":"ping","unknown":"\xff"}', "the line is not UTF-8", None),
        (b'{"status":"ping","text":"\\ud800 and more"}', "surrogate", None),
        (b'{"status":"ping","text":"\\udc00"}', "surrogate", None),
        (b'{"status":"ping","text":"\\ud800"}', "surrogate", None),
        (b'{"status":"ping","x":' + b"[" * 60_000 + b"]" * 60_000 + b"}", "nested too deeply", None),
        (b'{"status":5,"x":' + b"[" * 60_000 + b"]" * 60_000 + b"}", "`$.status`", None),
        (b'{"status":5,"id":' + b"[" * 60_000 + b"]" * 60_000 + b"}", "`$.status`", None),
        (b'{"status":5,"id":' + b"9" * 5_000 + b"}", "`$.status`", None),
        (b'{"status":"group","text":"cut \\ud83d","id":"7"}', "surrogate", "7"),
        (b'{"id":"7","status":"group","text":"cut \\ud83d"}', "surrogate", "7"),
        (b'{"id" : "7\\u00e9","text":"\\"id\\":\\"8\\" \\ud83d","x":{"id":"9"}}', "surrogate", "7é"),
        (b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b',"id":"7"}', "nested too deeply", "7"),
        (b'{"status":"ping","x":' + b"[" * 30_000 + b"]" * 30_000 + b',"id":"7"}', "nested too deeply", "7"),
        (b'{"status":"ping","id":"7","x":' + b"[" * 60_000, "nested too deeply", "7"),
        (b'{"status":"ping","id":"7","text":"\xff"}', "the line is not UTF-8", "7"),
        (b'{"status":"ping","id":"7\xff"}', "the line is not UTF-8", None),
        (b'{"status":"ping","id":"7","text":"\x00"}', "malformed", "7"),
        (b'{"status":"ping","text":"\\x","id":"7"}', "malformed", "7"),
        (b'{"status":"ping","id":"7",}', "malformed", "7"),
        (b'{"status":"ping","id":"7"', "truncated", "7"),
        (b'{"status":"ping","id":"7"}}', "trailing", "7"),
        (b'{"status":"ping","id":"6","text":NaN,"id":"7"}', "malformed", "7"),
        (b'{"status":"ping","x":{"id":"7"},}', "malformed", None),
        (b'[{"status":"ping","id":"7"}]', "array", None),
        (b'{"status":"ping","id":"7 \\ud83d"}', "surrogate", None),
        (b'{"status":"ping","text":"\x01","id":"' + b"7" * 65 + b'"}', "malformed", None),
    ],
)
def test_nonsense(line: bytes, reason: str, id: str | None) -> None:
    """A line that is no message is refused with what is wrong with it, and its id if that can be read."""
    with pytest.raises(InvalidFormat) as caught:
        decode_command(line)

    assert reason in caught.value.reason
    assert id == caught.value.id


@each_case(
    ("line", "status", "id"),
    [
        (b'{"status":"x"}', "x", None),
        (b'{"status":"x","id":"7"}', "x", "7"),
        (b'{"id":"7","status":"PING"}', "PING", "7"),
        (b'{"status":"","id":"7"}', "", "7"),
        (b'{"status":"x","text":5,"id":"7"}', "x", "7"),
        (b'{"status":"x","id":5}', "x", None),
        (b'{"status":"success","id":"7"}', "success", "7"),
    ],
)
def test_unknown_statuses(line: bytes, status: str, id: str | None) -> None:
    """A message of an unknown type is refused with its type, and with its id if it has one."""
    with pytest.raises(UnknownStatus) as caught:
        decode_command(line)

    assert (status, id) == (caught.value.status, caught.value.id)


@each_case("status", ["ping", "x"])
@each_case(("length", "fits"), [(0, False), (1, True), (63, True), (64, True), (65, False)])
def test_the_length_of_an_id(length: int, fits: bool, status: str) -> None:
    """An id has 1 to 64 characters; a longer one is no id, and is not repeated in the refusal."""
    line = json.dumps({"status": status, "id": "é" * length}).encode()
    try:
        id = decode_command(line).id
    except (InvalidFormat, UnknownStatus) as error:
        id = error.id

    assert ("é" * length if fits else None) == id


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ).map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {},
        optional={
            field: st.sampled_from(["ping", "group", "x", "", "\ud800", "7" * 65])
            | st.none()
            | st.integers()
            | st.text()
            for field in ["status", "sender", "receiver", "text", "id"]
        },
    ).map(lambda value: json.dumps(value).encode())
)
def test_garbage_only_ever_gives_the_documented_error(line: bytes) -> None:
    """Any bytes give a command or an event, or `ChatError`, and nothing else."""
    for decode, kinds in ((decode_command, get_args(Command)), (decode_event, get_args(Event | Probe))):
        message, refusal = _decoded(decode, line)

        assert isinstance(message, kinds) or refusal is not None
        assert refusal is None or "\n" not in refusal.text == harmless(refusal.text)


@given(st.binary(max_size=40), st.data())
def test_a_damaged_line_only_ever_gives_the_documented_error(noise: bytes, data: st.DataObject) -> None:
    """A message with noise somewhere in it gives a command or `ChatError`, and nothing else."""
    line = b'{"status":"group","receiver":"CS350","text":"Hello","id":"7","x":[1,{"y":null}]}'
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    command, refusal = _decoded(decode_command, line[:start] + noise + line[end:])

    assert isinstance(command, get_args(Command)) or isinstance(refusal, InvalidFormat | UnknownStatus)


# Bare names.


@each_case(
    ("line", "bare"),
    [
        (b"Alice", True),
        (b"", True),
        (b' {"status":"register"}', True),
        (b"[]", True),
        (b"{", False),
        (b"{}", False),
    ],
)
def test_what_is_a_bare_name(line: bytes, bare: bool) -> None:
    """A first line is a bare name unless it starts with `{`."""
    assert bare == is_bare_name(line)


@each_case(
    ("line", "name"),
    [(b"Alice", "Alice"), (b"Alice\r", "Alice"), ("Zoë".encode(), "Zoë"), (b"", ""), (b" Alice ", " Alice ")],
)
def test_bare_names(line: bytes, name: str) -> None:
    """A bare name is decoded as it is; the chat decides whether it is valid."""
    assert Register(sender=name) == decode_bare_name(line)


@given(st.binary(max_size=50))
def test_any_bytes_are_a_bare_name_or_refused(line: bytes) -> None:
    """A first line gives a name, or, where it is no UTF-8, the one documented error."""
    command, refusal = _decoded(decode_bare_name, line)

    if isinstance(command, Register):
        assert line.removesuffix(b"\r") == command.sender.encode()
    else:
        assert "Invalid message format: the line is not UTF-8" == str(refusal)


# Round trips, and what is on the wire.

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
ids = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
numbers = st.none() | st.integers(min_value=1, max_value=2**53)
clean = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=50)
clean_ids = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64)


def _events() -> st.SearchStrategy[Event]:
    told = {"sender": text, "receiver": text, "text": text}
    numbers = st.integers(0, 1000)
    rooms = st.none() | st.lists(
        st.builds(RoomListing, text, numbers, st.none() | numbers, st.none() | text), max_size=3
    )
    users = st.none() | st.lists(st.builds(UserListing, text), max_size=3)
    answer = {
        "id": ids,
        "seq": numbers,
        "time": st.none() | text,
        "server": st.none() | text,
        "more": numbers,
    }
    said = {"seq": numbers, "time": st.none() | text}
    return (
        st.builds(Success, **told, **answer, rooms=rooms, users=users)
        | st.builds(Error, **told, id=ids, code=st.none() | text, room=st.none() | text)
        | st.builds(Group, **told, **said)
        | st.builds(Private, **told, **said)
        | st.builds(Probe, **told)
    )


@given(_events())
def test_events_survive_the_wire(event: Event | Probe) -> None:
    """An event is read as it was written, on exactly one line."""
    line = encode(event)

    assert (1, event) == (line.count(b"\n"), decode_event(line.removesuffix(b"\n")))


_NEEDED: dict[type[Command], dict[str, Any]] = {
    Delete: {"seq": 7},
    ShareFile: {"size": 5, "sha256": "0" * 64},
}
"""The fields without which a command is none."""


@given(st.sampled_from(get_args(Command)), clean, clean, clean, clean_ids)
def test_commands_survive_the_wire(
    kind: type[Command], sender: str, receiver: str, said: str, id: str | None
) -> None:
    """A command is read as it was written, on exactly one line."""
    command = kind(sender=sender, receiver=receiver, text=said, id=id, **_NEEDED.get(kind, {}))
    line = encode_command(command)

    assert (1, command) == (line.count(b"\n"), decode_command(line.removesuffix(b"\n")))


@given(st.text(st.characters(exclude_categories=[]) | st.characters(categories=["Cs", "Cc"])))
def test_a_command_can_always_be_sent(said: str) -> None:
    """Any text from a terminal can be sent, lone surrogates as U+FFFD."""
    command = decode_command(encode_command(Say(receiver="CS350", text=said)))

    assert len(said) == len(command.text)


def test_a_command_of_the_first_version_has_its_four_fields() -> None:
    """A first-version server reads all four fields, so they are there even if they are empty."""
    assert {"status": "quit", "sender": "", "receiver": "", "text": ""} == json.loads(encode_command(Quit()))


@each_case(
    "command",
    [
        Register(sender="Alice", token="t", since=Since("e", 0, {"Bob": 12})),  # noqa: S106
        Join(receiver="R", id="1", since=Since("e", 7)),
        History(receiver="R", limit=7, after=3),
        History(receiver="R", since=datetime(2026, 1, 1, tzinfo=UTC)),
        Search(text="x", before=9),
        Search(receiver="R", user="Bob", private=True),
    ],
)
def test_fields_that_are_no_text(command: Command) -> None:
    """Numbers, times and objects arrive unchanged."""
    assert command == decode_command(encode_command(command))


def test_an_event_has_the_three_fields_that_classic_clients_look_up() -> None:
    """`sender`, `receiver` and `text` are always there; optional fields only where they are set."""
    told = json.loads(encode(Group("SERVER", "CS350", "")))

    assert {"status": "group", "sender": "SERVER", "receiver": "CS350", "text": ""} == told


def test_text_is_written_as_utf8() -> None:
    """A text is written as UTF-8, not as escapes, so that 10 000 characters of any script fit a line."""
    line = encode(Group("Zoë", "CS350", "愛" * 10_000, seq=1))

    assert "愛愛".encode() in line
    assert len(line) < 65_536


def test_a_lone_surrogate_is_our_bug() -> None:
    """An event that UTF-8 can't encode is an error of ours: no decoded message can hold one."""
    with pytest.raises(UnicodeEncodeError):
        encode(Group("Alice", "CS350", "\ud800"))


@each_case("status", ["presence", "x", *[kind.__struct_config__.tag for kind in get_args(Command)][:4]])
def test_events_of_later_servers(status: str) -> None:
    """An event of a type that this client does not know is an unknown status; so is a request."""
    with pytest.raises(UnknownStatus) as caught:
        decode_event(json.dumps({"status": status, "sender": "", "receiver": "", "text": ""}).encode())

    assert status == caught.value.status


def test_a_classic_servers_event() -> None:
    """The events of a first-version server, with only four fields, are decoded."""
    line = b'{"status": "error", "sender": "SERVER", "receiver": "Bob", "text": "Username already taken"}\n'

    assert Error("SERVER", "Bob", "Username already taken") == decode_event(line)


def test_encoding_leaves_nothing_behind() -> None:
    """An encoded event leaves no memory behind, however many there were."""

    def left() -> int:
        gc.collect()
        return len(gc.get_objects())

    encode(Private("Bob", "Alice", "Hello"))
    before = left()
    for _ in range(1_000):
        encode(Private("Bob", "Alice", "Hello"))

    assert left() - before < 100


@each_case("character", ["x", "愛", "\x1b", '"', "👩"])
def test_what_fits_into_a_line(character: str) -> None:
    """A command fits if a server accepts its line with the longest id."""
    size = len(encode_command(Say(text=character))) - len(encode_command(Say()))
    envelope = len(encode_command(Say(receiver="R", id="i" * LONGEST_ID)))
    most = (LONGEST_LINE - envelope) // size

    assert fits(Say(receiver="R", text=character * most))
    assert not fits(Say(receiver="R", text=character * (most + 1)))
