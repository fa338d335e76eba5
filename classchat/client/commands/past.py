"""Earlier messages: requests for a history, a search, and the next page of either."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from classchat.client.commands.typed import CommandError, Further, ShowHistory
from classchat.messages import (
    MOST_HISTORY,
    USUAL_HISTORY,
    Error,
    Group,
    History,
    Private,
    Search,
    Success,
)
from classchat.request import Request
from classchat.texts import quoted

_EXTENT = re.compile(r"(\d{1,4})([mhd]?)", re.ASCII | re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MORE = "more"


def read_history(first: str, second: str) -> ShowHistory | Further:
    """Read what follows `/history`: a name, and a number or a time; both may be left out.

    `more` alone is the next page.

    Raises:
        CommandError: the number or time is not one.
    """
    if first.lower() == _MORE and not second:
        return Further(History)
    name, extent = (first, second) if second or not _EXTENT.fullmatch(first) else ("", first)
    if not extent:
        return ShowHistory(name)
    refusal = CommandError(
        f"'{quoted(extent)}' is not a number from 1 to {MOST_HISTORY}, or a time such as 30m, 2h or 3d"
    )
    number = _EXTENT.fullmatch(extent)
    if number is None:
        raise refusal
    count, unit = int(number[1]), number[2].lower()
    if unit:
        return ShowHistory(name, ago=timedelta(**{_UNITS[unit]: count}))
    if not 1 <= count <= MOST_HISTORY:
        raise refusal
    return ShowHistory(name, count=count)


def history_of(recall: ShowHistory, name: str, now: datetime) -> History:
    """Return the request for what was said in the room or with the user of this name.

    Raises:
        CommandError: there is no name.
    """
    if not name:
        raise CommandError("Which room or user? Usage: /history <room|user> [N|2h]")
    receiver, private = meant(name)
    if recall.ago is not None:
        since = now.astimezone(UTC) - recall.ago
        return History(receiver=receiver, private=private, limit=MOST_HISTORY, since=since)
    return History(receiver=receiver, private=private, limit=recall.count or USUAL_HISTORY)


def read_search(text: str) -> Search | Further:
    """Read what follows `/search`: words, and `from:NAME` and `in:NAME` anywhere among them.

    `more` alone is the next page; in quotation marks it is the word.

    Raises:
        CommandError: a filter has no name, or stands there twice, or there are no words.
    """
    if text.lower() == _MORE:
        return Further(Search)
    if text.lower() == f'"{_MORE}"':
        return Search(text=text.strip('"'))
    filters: dict[str, str] = {}
    words = []
    for word in text.split():
        what, colon, name = word.partition(":")
        if not colon or what.lower() not in ("from", "in"):
            words.append(word)
        elif not name.strip("@#"):
            raise CommandError(f"'{quoted(word)}' has no name: write from:@Bob, in:lab or in:@Bob")
        elif filters.setdefault(what.lower(), name) != name:
            raise CommandError(f"Use '{what.lower()}:' only once in a search")
    if not (words or "from" in filters):
        raise CommandError("No words to search for. Usage: /search <words>")
    user, _ = meant(filters.get("from", ""))
    receiver, private = meant(filters.get("in", ""))
    return Search(text=" ".join(words) if filters else text, user=user, receiver=receiver, private=private)


def search_as_typed(search: Search) -> str:
    """Return a search as users type it."""
    filters = [f"from:@{search.user}"] if search.user else []
    if search.receiver:
        filters.append(f"in:{'@' if search.private else ''}{search.receiver}")
    return " ".join(["/search", *filters, *search.text.split()])


def meant(name: str) -> tuple[str, bool | None]:
    """Return a name as it is on the wire, and whether it has to be a user's: `@Bob` has to be."""
    if len(name) > 1 and name[0] in "@#":
        return name[1:], name[0] == "@" or None
    return name, None


@dataclass
class _Reading:
    """A request that is being answered, and what has arrived for it."""

    request: History | Search
    found: list[Group | Private] = field(default_factory=list)
    first: int | None = None
    last: int | None = None


class Pages:
    """The pages of histories and searches: which are open, what has arrived, and where the next one begins.

    The results of a search arrive newest first, and are kept until the page is complete. They are shown
    oldest first, so that the newest stands above the prompt.
    """

    def __init__(self) -> None:
        """Begin without an open page."""
        self._open: dict[str, _Reading] = {}
        self._next: dict[type[History | Search], History | Search] = {}
        self._away = False
        self._waiting: Callable[[], None] | None = None

    def asked(self, command: Request) -> None:
        """Record a request, which has its id."""
        if isinstance(command, History | Search):
            self._open[str(command.id)] = _Reading(command)

    def keeps(self, event: Group | Private) -> bool:
        """Record a message, and return whether it is kept for the answer."""
        reading = next(iter(self._open.values()), None)
        if reading is None or self._away or not event.replay:
            return False
        if isinstance(reading.request, Search):
            reading.found.append(event)
            return True
        if event.seq is not None:
            reading.first = event.seq if reading.first is None else min(reading.first, event.seq)
            reading.last = event.seq if reading.last is None else max(reading.last, event.seq)
        return False

    def answered(self, answer: Success | Error) -> list[Group | Private]:
        """Return what was kept for an answer, oldest first, and record where the next page begins."""
        reading = self._open.pop(answer.id or "", None)
        if reading is None:
            return []
        if isinstance(answer, Success):
            following = _following(reading, answer) if answer.more else None
            self._next.pop(type(reading.request), None)
            if following is not None:
                self._next[type(reading.request)] = following
        return reading.found[::-1]

    @property
    def waits(self) -> bool:
        """Whether a command waits for a page that has not arrived yet."""
        return self._waiting is not None

    def when_here(self, kind: type[History | Search], call: Callable[[], None]) -> None:
        """Call something when it is known where the next page begins: at once, or with the last answer."""
        if self._is_open(kind):
            self._waiting = lambda: self.when_here(kind, call)
        else:
            call()

    def _is_open(self, kind: type[History | Search]) -> bool:
        return any(isinstance(reading.request, kind) for reading in self._open.values())

    def go_on(self) -> None:
        """Ask for the page that a command waits for, now that an answer is shown."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def has_next(self, kind: type[History | Search]) -> bool:
        """Return whether there is a next page."""
        return kind in self._next

    def next(self, kind: type[History | Search]) -> History | Search:
        """Return the request for the next page.

        Raises:
            CommandError: there is none.
        """
        request = self._next.get(kind)
        if request is None and kind is Search:
            raise CommandError('No more results. To search for the word: /search "more"')
        if request is None:
            raise CommandError("No more messages. To start over: /history <room|user>")
        return request

    def lost(self) -> None:
        """Forget half a page: its request is repeated, and the whole page arrives again."""
        self._away = True
        self._open = {id: _Reading(reading.request) for id, reading in self._open.items()}

    def returned(self) -> None:
        """Record that the client is connected again, and that missed messages were shown."""
        self._away = False


def _following(reading: _Reading, answer: Success) -> History | Search | None:
    request = reading.request
    if isinstance(request, Search):
        return None if answer.before is None else replace(request, id=None, before=answer.before)
    if reading.first is None:
        return None
    if request.since is not None or request.after is not None:
        return replace(request, id=None, since=None, after=reading.last)
    return replace(request, id=None, before=reading.first)
