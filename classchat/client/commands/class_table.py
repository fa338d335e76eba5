"""The rows of the class layer in the table of commands."""

from __future__ import annotations

from collections.abc import Callable

from classchat import class_reading
from classchat.class_commands import ClassCommand
from classchat.class_reading import ANONYMITIES, GROUPS, HANDS, MARKS, POLICIES, TURNS
from classchat.class_words import ClassWords
from classchat.client.commands.placed_words import class_command
from classchat.client.commands.usage import Usage


def _row(
    name: str,
    arguments: str,
    help: str,
    read: Callable[[ClassWords], ClassCommand],
    words: tuple[str, ...] = (),
    offers: tuple[str, ...] = (),
    *,
    aliases: tuple[str, ...] = (),
    secret: bool = False,
) -> Usage:
    usage = " ".join(filter(None, (name, "[room]", arguments)))
    made = class_command(read, usage)
    shown = ("[room]", *filter(None, [arguments]))
    return Usage(
        name, shown, help, made, aliases, secret=secret, placed=True, whole=True, words=words, offers=offers
    )


CLASS_COMMANDS = (
    _row("/class", "", "Show what the class is doing", class_reading.read_class),
    _row(
        "/session",
        "begin|end [title]",
        "Begin or end a session of the class",
        class_reading.read_session,
        ("begin", "end"),
    ),
    _row("/hand", "[topic]", "Raise your hand; again: change the topic", class_reading.read_hand),
    _row(
        "/lower",
        "[username]",
        "Lower your hand; staff: that of a student",
        class_reading.read_lower,
        offers=("user",),
    ),
    _row(
        "/queue",
        "[open|closed|fair|order]",
        "Show the hands that are up, or set who is next",
        class_reading.read_hands,
        HANDS,
        aliases=("/hands",),
    ),
    _row(
        "/next",
        "[username]",
        "Take the next student, or this one",
        class_reading.read_next,
        offers=("user",),
    ),
    _row("/done", "[helped|absent|later]", "End the turn of a student", class_reading.read_done, TURNS),
    _row(
        "/ask",
        "[--named] <text>",
        "Ask a question, without your name unless --named",
        class_reading.read_ask,
        ("--named",),
        secret=True,
    ),
    _row(
        "/questions",
        "[off|open|approve] [peers|full|no]",
        "List the questions, or set who may ask and from whom names are hidden",
        class_reading.read_questions,
        (*POLICIES, *ANONYMITIES),
    ),
    _row(
        "/up",
        "[-]<number>",
        "Support a question; with a minus: take that back",
        class_reading.read_support,
        offers=("question",),
    ),
    _row(
        "/unup",
        "<number>",
        "Take back your support of a question",
        class_reading.read_unsupport,
        (),
        ("question",),
    ),
    _row(
        "/answer",
        "<number> [text]",
        "Answer a question, or mark it as answered",
        class_reading.read_answer,
        (),
        ("question",),
    ),
    _row("/approve", "<number>", "Show a waiting question", class_reading.read_approve, (), ("question",)),
    _row("/dismiss", "<number> [why]", "Close a question", class_reading.read_dismiss, (), ("question",)),
    _row(
        "/reveal",
        "<number>",
        "Show who has asked; that user is told",
        class_reading.read_reveal,
        (),
        ("question",),
    ),
    _row(
        "/poll",
        "<question> | <A> | <B> | [60s] [many] [named] [live]",
        "Begin a poll",
        class_reading.read_poll,
    ),
    _row(
        "/vote",
        "[#poll] <numbers>",
        "Vote in a poll; the last vote counts",
        class_reading.read_vote,
        offers=("poll",),
        secret=True,
    ),
    _row("/endpoll", "[number]", "End a poll now", class_reading.read_endpoll, offers=("poll",)),
    _row(
        "/polls", "[number]", "Show the polls and their results", class_reading.read_polls, offers=("poll",)
    ),
    _row("/present", "[5m|end]", "Take attendance by a code", class_reading.read_present, ("end",)),
    _row("/here", "<code>", "Record that you are here", class_reading.read_here, secret=True),
    _row(
        "/mark",
        "<username> present|late|excused|absent",
        "Set the attendance of a student",
        class_reading.read_mark,
        MARKS,
        ("user",),
    ),
    _row(
        "/roster",
        "[add <name>]",
        "Show who is in the class, or add a student",
        class_reading.read_roster,
        ("add",),
    ),
    _row(
        "/groups",
        "<4|size 3|close> [random|new|same|section] [10m]",
        "Divide the class into group rooms, or close them",
        class_reading.read_groups,
        (*GROUPS, "size", "close"),
    ),
)
"""The commands of the class layer, in the order in which /help lists them."""
