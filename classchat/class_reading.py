"""What typed commands of the class layer become: one function reads the words of one command.

/vote 2                      in a terminal
!vote 2                      in a channel of IRC
/msg Class vote #CS350 2     to the service of IRC
"""

from __future__ import annotations

from typing import TypeVar, get_args

from classchat.class_commands import (
    LONGEST_GROUPS,
    LONGEST_HERE,
    LONGEST_OPTION,
    LONGEST_POLL,
    MOST_GROUPS,
    MOST_OPTIONS,
    AnswerQuestion,
    Approve,
    Ask,
    ClassCommand,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    ReadRoster,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)
from classchat.class_events import Anonymity, Policy, Presence
from classchat.class_words import ClassWords, Mistyped, duration, number_of, unadorned
from classchat.texts import counted

HANDS = ("open", "closed", "fair", "order")
TURNS = ("helped", "absent", "later")
POLICIES: tuple[Policy, ...] = get_args(Policy)
ANONYMITIES: tuple[Anonymity, ...] = get_args(Anonymity)
MARKS: tuple[Presence, ...] = get_args(Presence)
GROUPS = ("random", "new", "same", "section")
POLLS = ("many", "named", "live")
_Command = TypeVar("_Command", bound=ClassCommand)


# Sessions and hands.


def read_class(words: ClassWords) -> Follow:
    """Read `[room]`."""
    return _alone(Follow(receiver=words.room(lambda _: False)), words)


def read_session(words: ClassWords) -> SetSession:
    """Read `[room] begin [title]` or `[room] end`."""
    room = words.room_unless("begin", "end")
    what = words.lower()
    if what not in ("begin", "end") or (what == "end" and words.text):
        raise words.wrong
    return SetSession(receiver=room, text=what, title=words.text)


def read_hand(words: ClassWords) -> RaiseHand:
    """Read `[room] [topic]`."""
    return RaiseHand(receiver=words.room_before_text(), text=words.text)


def read_lower(words: ClassWords) -> LowerHand:
    """Read `[room] [username]`."""
    return _alone(LowerHand(receiver=words.room_unless(), user=unadorned(words.word())), words)


def read_next(words: ClassWords) -> NextHand:
    """Read `[room] [username]`."""
    return _alone(NextHand(receiver=words.room_unless(), user=unadorned(words.word())), words)


def read_done(words: ClassWords) -> FinishTurn:
    """Read `[room] [helped|absent|later]`; without a word it was of help."""
    room = words.room_unless(*TURNS)
    return _alone(FinishTurn(receiver=room, text=_one_of(words, TURNS) or TURNS[0]), words)


def read_hands(words: ClassWords) -> SetHands:
    """Read `[room] [open|closed|fair|order]`."""
    return _alone(SetHands(receiver=words.room_unless(*HANDS), text=_one_of(words, HANDS)), words)


# Questions.


def read_ask(words: ClassWords) -> Ask:
    """Read `[room] [--named] <text>`."""
    named = _is_named(words)
    room = words.room_before_text()
    named = _is_named(words) or named
    if not words.text:
        raise words.wrong
    return Ask(receiver=room, text=words.text, named=named or None)


def read_questions(words: ClassWords) -> SetQuestions:
    """Read `[room] [off|open|approve] [peers|full|no]`."""
    room = words.room_unless(*POLICIES, *ANONYMITIES)
    policy = words.lower() if words.first.lower() in POLICIES else ""
    said = _one_of(words, ANONYMITIES)
    anonymous = next((known for known in ANONYMITIES if known == said), None)
    return _alone(SetQuestions(receiver=room, text=policy, anonymous=anonymous), words)


def read_support(words: ClassWords) -> Support:
    """Read `[room] <number>`; a number with a minus takes the support back."""
    room = words.room(lambda first: number_of(first.removeprefix("-")) is not None)
    value = not words.text.startswith("-")
    words.text = words.text.removeprefix("-")
    return _alone(Support(receiver=room, number=words.number(), value=value), words)


def read_unsupport(words: ClassWords) -> Support:
    """Read `[room] <number>`."""
    return _alone(Support(receiver=words.room_unless(), number=words.number(), value=False), words)


def read_answer(words: ClassWords) -> AnswerQuestion:
    """Read `[room] <number> [text]`; without a text it was answered aloud."""
    room, number = words.room_unless(), words.number()
    return AnswerQuestion(receiver=room, number=number, text=words.text)


def read_approve(words: ClassWords) -> Approve:
    """Read `[room] <number>`."""
    return _alone(Approve(receiver=words.room_unless(), number=words.number()), words)


def read_dismiss(words: ClassWords) -> Dismiss:
    """Read `[room] <number> [why]`."""
    room, number = words.room_unless(), words.number()
    return Dismiss(receiver=room, number=number, text=words.text)


def read_reveal(words: ClassWords) -> Reveal:
    """Read `[room] <number>`."""
    return _alone(Reveal(receiver=words.room_unless(), number=words.number()), words)


# Polls.


def read_poll(words: ClassWords) -> StartPoll:
    """Read `[room] <question> | A | B | 60s many named live`; the settings at the end may be left out."""
    room = words.room_before_text()
    question, *options = [" ".join(part.split()) for part in words.text.split("|")]
    settings = _settings(options[-1]) if len(options) > 2 else None
    if settings is not None:
        del options[-1]
    if not question or not 2 <= len(options) <= MOST_OPTIONS or not all(options):
        raise Mistyped(
            f"A poll has a question and 2 to {MOST_OPTIONS} options: {words.begins} Which? | A | B | 60s"
        )
    if any(len(option) > LONGEST_OPTION for option in options):
        raise Mistyped(f"An option has at most {counted(LONGEST_OPTION, 'character')}")
    poll = StartPoll(receiver=room, text=question, options=options)
    if settings is None:
        return poll
    seconds, flags = settings
    return StartPoll(
        receiver=room,
        text=question,
        options=options,
        seconds=poll.seconds if seconds is None else seconds,
        many="many" in flags or None,
        named="named" in flags or None,
        live="live" in flags or None,
    )


def read_vote(words: ClassWords) -> Vote:
    """Read `[room] [#poll] <options>`: options count from 1, with spaces or commas between them."""
    room = words.room_unless()
    number = words.number() if words.first.startswith("#") else None
    chosen = [number_of(word) for word in words.text.replace(",", " ").split()]
    if not chosen or "#" in words.text:
        raise words.wrong
    choices = [choice - 1 for choice in chosen if choice is not None and choice <= MOST_OPTIONS]
    if len(choices) < len(chosen):
        raise Mistyped(
            f"Vote with the numbers of options, from 1 to {MOST_OPTIONS}, such as {words.begins} 2"
        )
    return Vote(receiver=room, number=number, choices=choices)


def read_endpoll(words: ClassWords) -> EndPoll:
    """Read `[room] [number]`."""
    return _alone(EndPoll(receiver=words.room_unless(), number=_perhaps_number(words)), words)


def read_polls(words: ClassWords) -> ListPolls:
    """Read `[room] [number]`."""
    return _alone(ListPolls(receiver=words.room_unless(), number=_perhaps_number(words)), words)


# Attendance, the roster, groups.


def read_present(words: ClassWords) -> Present:
    """Read `[room] [5m|end]`."""
    room = words.room(lambda first: first.lower() == "end" or duration(first) is not None)
    if words.first.lower() == "end":
        words.word()
        return _alone(Present(receiver=room, text="end"), words)
    if not words.text:
        return Present(receiver=room)
    seconds = words.seconds(10, LONGEST_HERE, "30s, 5m or 1h, at most 4h")
    return _alone(Present(receiver=room, seconds=seconds), words)


def read_here(words: ClassWords) -> Here:
    """Read `[room] <code>`."""
    room = words.room(lambda _: words.count < 2)
    code = words.word().upper()
    if not code:
        raise words.wrong
    return _alone(Here(receiver=room, text=code), words)


def read_mark(words: ClassWords) -> Mark:
    """Read `[room] <username> <present|late|excused|absent>`."""
    room = words.room(lambda _: words.count < 3)
    user = unadorned(words.word())
    mark = _one_of(words, MARKS)
    if not user or not mark:
        raise words.wrong
    return _alone(Mark(receiver=room, user=user, text=mark), words)


def read_roster(words: ClassWords) -> ReadRoster:
    """Read `[room]` or `[room] add <name>`."""
    room = words.room_unless("add")
    if not words.text:
        return ReadRoster(receiver=room)
    if words.lower() != "add" or not words.text:
        raise words.wrong
    return ReadRoster(receiver=room, text="add", user=words.text)


def read_groups(words: ClassWords) -> SetGroups:
    """Read `[room] <4|size 3|close> [random|new|same|section] [10m]`."""
    room = words.room(
        lambda first: first.lower() in (*GROUPS, "size", "close") or number_of(first) is not None
    )
    count = size = seconds = None
    kind = ""
    if not words.text:
        raise words.wrong
    while words.text:
        if duration(words.first) is not None:
            seconds = words.seconds(10, LONGEST_GROUPS, "10m or 1h, at most 24h")
        elif words.first.lower() in (*GROUPS, "close") and not kind:
            kind = words.lower()
        elif words.first.lower() == "size" and size is count is None:
            words.word()
            size = words.number(10_000)
        elif size is count is None:
            count = words.number(MOST_GROUPS)
        else:
            raise words.wrong
    sized = size is not None or count is not None
    if (kind == "close" and sized) or not (kind or sized):
        raise words.wrong
    return SetGroups(receiver=room, text=kind, count=count, size=size, seconds=seconds)


def _alone(command: _Command, words: ClassWords) -> _Command:
    """Return a command, if no words are left."""
    words.end()
    return command


def _one_of(words: ClassWords, known: tuple[str, ...]) -> str:
    """Take one of these words; "" if there is no word.

    Raises:
        Mistyped: it is another one.
    """
    word = words.lower()
    if word and word not in known:
        raise words.wrong
    return word


def _perhaps_number(words: ClassWords) -> int | None:
    return words.number() if words.text else None


def _is_named(words: ClassWords) -> bool:
    """Return whether the next word is `--named`, and take it."""
    return words.first.lower() == "--named" and bool(words.word())


def _settings(part: str) -> tuple[int | None, set[str]] | None:
    """Return the seconds and the flags at the end of a poll; None if the part is an option.

    Raises:
        Mistyped: the time is too short or too long.
    """
    seconds: int | None = None
    flags = set[str]()
    for word in part.split():
        if duration(word) is not None and seconds is None:
            seconds = duration(word)
        elif word.lower() in POLLS:
            flags.add(word.lower())
        else:
            return None
    if seconds is not None and not 5 <= seconds <= LONGEST_POLL:
        raise Mistyped("A poll is open from 5s to 1h")
    return seconds, flags
