"""Errors: stable codes, sentences for people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classchat import errors
from classchat.errors import (
    AlreadyMember,
    AlreadyRegistered,
    AnnounceOnly,
    Banned,
    ChatError,
    Goodbye,
    InternalError,
    InvalidFormat,
    InvalidName,
    Kicked,
    Muted,
    NameTooSimilar,
    NeedsClaim,
    NotAllowed,
    NotAMember,
    NotInvited,
    NotRegistered,
    PlaintextOnly,
    RoomClosed,
    RoomExists,
    RoomNotFound,
    SentAway,
    ShuttingDown,
    Silent,
    SlowReader,
    Timeout,
    TLSRequired,
    TooLong,
    TooMany,
    UnknownStatus,
    UsernameTaken,
    UserNotFound,
)
from tests.tables import each_case


def _all_kinds(kind: type[ChatError] = ChatError) -> Iterator[type[ChatError]]:
    for child in kind.__subclasses__():
        if child is not Goodbye and child.__module__ == errors.__name__:
            yield child
        yield from _all_kinds(child)


@each_case(
    ("refusal", "code", "text"),
    [
        (UsernameTaken("Alice"), "username_taken", "Username already taken. Please try another."),
        (
            NameTooSimilar("Аlice", "Alice"),
            "name_too_similar",
            "This name is too similar to 'Alice'. Please try another.",
        ),
        (UserNotFound("Bob"), "user_not_found", "User 'Bob' not found or offline"),
        (RoomNotFound("R"), "room_not_found", "Chat room 'R' does not exist"),
        (RoomExists("R"), "room_exists", "Chat room 'R' already exists"),
        (NotAMember("R"), "not_a_member", "You are not a member of room 'R'"),
        (AlreadyMember("R"), "already_member", "Already a member of room 'R'"),
        (InvalidFormat("it rains"), "invalid_format", "Invalid message format: it rains"),
        (UnknownStatus("x"), "unknown_status", "Unknown message type 'x'"),
    ],
)
def test_the_sentences_of_the_protocol(refusal: ChatError, code: str, text: str) -> None:
    """The sentences that docs/protocol.md fixes are sent to the letter."""
    assert (code, text) == (refusal.code, refusal.text)


@each_case(
    ("refusal", "code", "words"),
    [
        (InvalidName("user name", 32, "SERVER"), "invalid_name", ["user name", "32", "spaces", "SERVER"]),
        (InvalidName("user name", 32, "SERVER", True), "invalid_name", ["special forms", "one direction"]),
        (InvalidName("room name", 64), "invalid_name", ["room name", "64", "letters", "spaces. "]),
        (TooLong("line", 65_536, "bytes"), "too_long", ["line", "65536 bytes"]),
        (TooLong("text", 10_000, "characters"), "too_long", ["text", "10000 characters"]),
        (TooMany("rooms on this server", 10_000), "too_many", ["rooms on this server", "10000"]),
        (NotAllowed("it rains"), "not_allowed", ["may not", "it rains."]),
        (NotAMember("R", "Bob"), "not_a_member", ["'Bob' is not", "'R'"]),
        (NeedsClaim("R"), "needs_claim", ["'R'", "Register your name", "/claim"]),
        (Muted("R", 1_800_000.0), "muted", ["'R'", "until 1970-01-01 00:30:00 UTC"]),
        (Banned("R", 1_800_000.0), "banned", ["'R'", "until 1970-01-01 00:30:00 UTC"]),
        (AnnounceOnly("R"), "announce_only", ["Only moderators", "'R'"]),
        (NotInvited("R"), "not_invited", ["'R' is private", "Ask"]),
        (RoomClosed("R"), "room_closed", ["'R' is closed"]),
        (Kicked("R"), "kicked", ["kicked from room 'R'"]),
        (SentAway(), "kicked", ["disconnected", "by the operator of this server"]),
        (SentAway("spam"), "kicked", ["the operator of this server: spam"]),
        (NotRegistered(), "not_registered", ["Sign in first", "name", "register"]),
        (AlreadyRegistered("Alice"), "already_registered", ["Alice", "already"]),
        (Timeout(30.0), "timeout", ["30 seconds", "Connect again"]),
        (Timeout(0.5), "timeout", ["0.5 seconds"]),
        (Silent(150.0), "timeout", ["150 s", "Connect again"]),
        (SlowReader(1_048_576), "slow_reader", ["1048576 bytes", "Connect again"]),
        (ShuttingDown(), "shutting_down", ["shutting down", "come back"]),
        (TLSRequired(), "tls_required", ["only encrypted connections", "--tls"]),
        (TLSRequired(password=True), "tls_required", ["password", "https", "without"]),
        (PlaintextOnly(), "plaintext_only", ["not accept encrypted connections", "--no-tls"]),
        (InternalError(), "internal_error", ["went wrong", "connect again"]),
    ],
)
def test_sentences_carry_their_numbers(refusal: ChatError, code: str, words: list[str]) -> None:
    """Sentences that docs/protocol.md does not fix name the limit and say what to do."""
    assert code == refusal.code
    assert [] == [word for word in words if word not in refusal.text]


def test_for_ever_has_no_end() -> None:
    """A ban or mute for ever has no end in its sentence."""
    for_ever = float("inf")

    assert "You are banned from room 'R'" == Banned("R", for_ever).text
    assert "You are muted in room 'R'" == Muted("R", for_ever).text


def test_codes_are_unique() -> None:
    """Each class has a code of its own, but `timeout`, `wrong_code` and `kicked` are each of two."""
    codes = [kind.code for kind in _all_kinds() if kind not in (Silent, errors.WrongJoinCode, SentAway)]

    assert len(set(codes)) == len(codes)


def test_the_tree_is_the_documentation() -> None:
    """The module's docstring shows every error with its code, and no other."""
    tree = [line.lstrip(" ├└│─").split() for line in (errors.__doc__ or "").splitlines() if "── " in line]
    shown = {line[0]: line[1] for line in tree if line[0] != "Goodbye"}

    assert {kind.__name__: kind.code for kind in _all_kinds()} == shown


@each_case("kind", [Timeout, SlowReader, ShuttingDown, TLSRequired, PlaintextOnly, InternalError])
def test_who_hangs_up_says_why(kind: type[ChatError]) -> None:
    """The errors after which the server closes are subclasses of `Goodbye`."""
    assert issubclass(kind, Goodbye)


def test_an_error_reads_as_its_sentence() -> None:
    """The string form of an error is its sentence."""
    assert "User 'Bob' not found or offline" == str(UserNotFound("Bob"))


def test_a_kind_of_error_without_a_sentence_is_a_bug() -> None:
    """Every error class has its own sentence; the root class has none."""
    with pytest.raises(NotImplementedError):
        _ = ChatError().text


@each_case("kind", [UserNotFound, RoomNotFound, RoomExists, NotAMember, AlreadyMember, UnknownStatus])
def test_a_strangers_words_are_quoted_harmlessly(kind: type[ChatError]) -> None:
    """A client's words are quoted shortened, on one line, and without control characters."""
    text = kind("\x1b[2J\n\t" + "x" * 100).text  # type: ignore[call-arg]

    assert text.isprintable()
    assert len(text) < 120
