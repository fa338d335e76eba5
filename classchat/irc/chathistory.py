"""CHATHISTORY: stored messages, https://ircv3.net/specs/extensions/chathistory.

    -> CHATHISTORY BEFORE #CS350 timestamp=2026-11-28T09:00:00.000Z 50
    <- BATCH +h1 chathistory #CS350
    <- @batch=h1;time=...;msgid=... :Alice!~user@Alice PRIVMSG #CS350 :Hello
    <- BATCH -h1

A page has a few more messages than were asked for where it would end between two of one millisecond: clients
take the time of a page's last message to ask for the next page, and would never see the rest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from classchat.core.model import Conversation
from classchat.errors import ChatError, NotAMember
from classchat.irc.client import Client, Entry
from classchat.irc.history_targets import show_targets
from classchat.irc.in_turn import is_first
from classchat.irc.selectors import (
    InvalidSelector,
    NumberOf,
    Selection,
    milliseconds_of,
    parse_timestamp,
    selected,
)
from classchat.irc.stored_lines import show_range
from classchat.irc.uttering import nick_of
from classchat.messages import MOST_HISTORY, History
from classchat.wire.irc.channels import is_channel, room
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.message_ids import number_of

_SELECTORS: Final = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}
"""How many selectors each subcommand takes."""

_UNKNOWN: Final = "Messages could not be retrieved"


class _Range(NamedTuple):
    """Numbers of messages: above `after`, up to `until`."""

    after: int
    until: int


class _Asked(NamedTuple):
    """What a client asks for."""

    subcommand: str
    target: str
    selectors: list[str]
    limit: int


async def chathistory(client: Client, line: IRCLine) -> None:
    """Show stored messages of a room, or of a private conversation."""
    await _count(client, line)
    if not client.session.registered:
        return
    subcommand = line.params[0].upper() if line.params else "*"
    params = line.params[1:]
    try:
        if subcommand == "TARGETS":
            await _answer_targets(client, params)
        else:
            await _answer(client, _parsed(subcommand, params))
    except InvalidSelector as error:
        _fail(client, error.code, subcommand, params[:1], str(error))


async def _answer_targets(client: Client, params: list[str]) -> None:
    """Write the targets that a line asks for.

    Raises:
        InvalidSelector: it is not in order, or they can't be read.
    """
    if len(params) != 3:
        raise InvalidSelector("INVALID_PARAMS", "TARGETS has 3 parameters")
    begin, end = parse_timestamp(params[0]), parse_timestamp(params[1])
    try:
        await show_targets(client, begin, end, parse_limit(params[2]))
    except ChatError as error:
        raise InvalidSelector("MESSAGE_ERROR", error.text) from None


async def _count(client: Client, line: IRCLine) -> None:
    """Count the request as one for history; the first one for a room that the client has joined is free."""
    client.asked_chat = True
    try:
        name = room(line.params[1]) if len(line.params) > 1 else ""
    except ChatError:
        name = ""
    found = client.chat.rooms.find(name) if name else None
    if found is not None and is_first(client, found, "history"):
        return
    waiting = client.session.count(History())
    if waiting is not None:
        await waiting


def _parsed(subcommand: str, params: list[str]) -> _Asked:
    """Return what a line asks for.

    Raises:
        InvalidSelector: it is not in order.
    """
    count = _SELECTORS.get(subcommand)
    if count is None:
        raise InvalidSelector("INVALID_PARAMS", "Unknown subcommand")
    if len(params) != count + 2:
        raise InvalidSelector("INVALID_PARAMS", f"{subcommand} has {count + 2} parameters")
    target, *selectors, limit = params
    return _Asked(subcommand, target, selectors, parse_limit(limit))


def parse_limit(text: str) -> int:
    """Return how many messages are asked for, at most as many as there may be.

    Raises:
        InvalidSelector: it is no number.
    """
    digits = text.lstrip("0")
    if not (digits.isascii() and digits.isdecimal()):
        raise InvalidSelector("INVALID_PARAMS", "The limit is a number from 1 on")
    return MOST_HISTORY if len(digits) > len(str(MOST_HISTORY)) else min(int(digits), MOST_HISTORY)


async def _answer(client: Client, asked: _Asked) -> None:
    """Write the messages.

    Raises:
        InvalidSelector: the client may not read them, or there is no such target or message.
    """
    try:
        conversation, last, number = await _found(client, asked.target)
    except ChatError:
        raise InvalidSelector("INVALID_TARGET", _UNKNOWN) from None
    try:
        wanted = _Range(0, 0)
        if conversation is not None:
            wanted = await _wanted(client, asked, conversation, last, number)
        if client.session.registered:
            await show_range(client, asked.target, conversation, *wanted)
    except ChatError as error:
        raise InvalidSelector("MESSAGE_ERROR", error.text) from None


async def _found(client: Client, target: str) -> tuple[Conversation | None, int, NumberOf]:
    """Return the conversation with a target, its last number, and how its ids are read.

    Raises:
        ChatError: there is none, or the client may not read it.
    """
    ids = client.network.ids
    if not is_channel(target):
        name = nick_of(target)
        conversation, _, last = await client.chat.conversations.find(client.user, name, private=True)
        return conversation, last, ids.number_between
    found = client.chat.rooms.get(room(target))
    if found not in client.user.rooms:
        raise NotAMember(found.name)
    prefix = ids.of_room(found.name)
    return found, found.last_seq, lambda msgid: number_of(msgid, prefix)


async def _wanted(
    client: Client, asked: _Asked, conversation: Conversation, last: int, number: NumberOf
) -> _Range:
    """Return the numbers of the messages that are asked for.

    Raises:
        InvalidSelector: a selector is none, or means no message here.
        HistoryUnavailable: they can't be found.
    """
    journal, limit = client.chat.journal, asked.limit
    lowest = await journal.oldest(conversation) - 1

    async def place(selector: str) -> Selection:
        if selector == "*" and asked.subcommand == "LATEST":
            return Selection(lowest, lowest)
        return await selected(selector, journal, conversation, number)

    first, *others = [await place(selector) for selector in asked.selectors]
    lower, upper = lowest, last
    backwards = asked.subcommand in ("LATEST", "BEFORE")
    match asked.subcommand:
        case "LATEST" | "AFTER":
            lower = first.after
        case "BEFORE":
            upper = first.before
        case "BETWEEN":
            backwards = first.after > others[0].after
            begin, end = (others[0], first) if backwards else (first, others[0])
            lower, upper = begin.after, end.before
        case _:  # AROUND
            middle = min(first.before + 1, last)
            lower = middle - limit // 2 - 1
            upper = lower + limit
    lower, upper = max(lower, lowest), min(upper, last)
    if asked.subcommand == "AROUND" or upper - lower <= limit:
        return _Range(lower, upper)
    if backwards:
        return _Range(await _start(client, conversation, lower, upper - limit), upper)
    return _Range(lower, await _end(client, conversation, lower + limit, upper))


async def _start(client: Client, conversation: Conversation, lowest: int, after: int) -> int:
    """Return where a page begins that would begin after a number: with all messages of that millisecond."""
    page = await client.chat.journal.read(conversation, after, after + 1)
    if not page:
        return after
    first = await client.chat.journal.first_since(conversation, milliseconds_of(page[0].time))
    return max(min(first - 1, after), lowest, after - MOST_HISTORY)


async def _end(client: Client, conversation: Conversation, until: int, highest: int) -> int:
    """Return where a page ends that would end with a number: with all messages of that millisecond."""
    page = await client.chat.journal.read(conversation, until - 1, until)
    if not page:
        return until
    following = await client.chat.journal.first_since(conversation, milliseconds_of(page[0].time) + 1)
    return min(max(following - 1, until), highest, until + MOST_HISTORY)


def _fail(client: Client, code: str, subcommand: str, target: list[str], text: str) -> None:
    """Say why there are no messages, with the parameters that the specification gives to each code."""
    context = [subcommand] if code == "INVALID_PARAMS" else [subcommand, *target]
    client.fail("CHATHISTORY", code, *context, text)


COMMANDS: Final = {"CHATHISTORY": Entry(chathistory)}
