"""Which messages a CHATHISTORY means: `timestamp=2026-11-28T09:00:00.000Z`, `msgid=...`, or `*`.

https://ircv3.net/specs/extensions/chathistory. A selector is a place between the numbers of messages: those
before it, and those after it, without the message that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from classchat.core.journal_port import Journal
from classchat.core.model import Conversation

_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)

NumberOf = Callable[[str], int | None]
"""Returns the number of the message with an id; None if the conversation has none."""


class InvalidSelector(Exception):
    """It is no selector, or selects nothing; `code` is that of the FAIL that says so."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Selection(NamedTuple):
    """The place of a selector."""

    before: int
    """The number of the last message before it."""

    after: int
    """The number before that of the first message after it."""


class Moment(NamedTuple):
    """A time of day."""

    milliseconds: int
    """Since 1970, rounded down."""

    exact: bool
    """Whether nothing was lost by that."""


async def selected(
    selector: str, journal: Journal, conversation: Conversation, number_of: NumberOf
) -> Selection:
    """Return the place of a selector in a conversation.

    Raises:
        InvalidSelector: it is none, or means no message here.
        HistoryUnavailable: it can't be found.
    """
    kind, _, value = selector.partition("=")
    if kind == "msgid":
        number = number_of(value)
        if number is None:
            raise InvalidSelector("MESSAGE_ERROR", "There is no message with this id")
        return Selection(number - 1, number)
    if kind != "timestamp":
        raise InvalidSelector("INVALID_MSGREFTYPE", "Messages are found by timestamp=... and msgid=...")
    moment = parse_timestamp(selector)
    first_after = await journal.first_since(conversation, moment.milliseconds + 1)
    if not moment.exact:
        return Selection(first_after - 1, first_after - 1)
    return Selection(await journal.first_since(conversation, moment.milliseconds) - 1, first_after - 1)


def parse_timestamp(selector: str) -> Moment:
    """Return the time of a selector by time.

    Raises:
        InvalidSelector: it is none.
    """
    found = _TIMESTAMP.fullmatch(selector.removeprefix("timestamp="))
    if not selector.startswith("timestamp="):
        raise InvalidSelector("INVALID_MSGREFTYPE", "Here only timestamp=... can be given")
    if found is None:
        raise InvalidSelector("INVALID_PARAMS", "A time is written as timestamp=2026-11-28T09:00:00.000Z")
    try:
        time = datetime.fromisoformat(f"{found[1]}+00:00")
    except ValueError:
        raise InvalidSelector("INVALID_PARAMS", "There is no such time") from None
    fraction = (found[2] or "").ljust(9, "0")
    seconds = (time - _EPOCH) // timedelta(seconds=1)
    if seconds < 0:
        return Moment(-1, True)
    return Moment(min(seconds * 1000 + int(fraction[:3]), _LATEST), fraction[3:] == "000000")


def milliseconds_of(time: str) -> int:
    """Return the time of a stored message in milliseconds since 1970."""
    return (datetime.fromisoformat(time) - _EPOCH) // timedelta(milliseconds=1)
