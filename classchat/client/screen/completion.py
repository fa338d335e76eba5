"""Completion with Tab; it knows no terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from classchat.client.commands.parsing import usage_of
from classchat.client.commands.table import SCREEN_COMMANDS
from classchat.client.commands.typed import CommandError
from classchat.client.display.stranger import shown_name
from classchat.client.screen.classes import Classes
from classchat.client.screen.focus import RoomFocus
from classchat.client.screen.path_completion import paths
from classchat.client.screen.state import Screen
from classchat.client.spelling import name_key, room_key

_PATH = re.compile(r"(?:\\.|[^\s\\])*\\?", re.DOTALL)  # a word, which may end with a backslash
_SHORTEST = 3  # characters; shorter names need no completion
_LONGEST_ABOUT = 40  # characters of a question
_FILTERS = ("from", "in")  # of /search
_COMMANDS = tuple(
    name
    for usage in SCREEN_COMMANDS
    for name in (usage.name, *usage.aliases)
    if name == usage.name or len(name) > _SHORTEST
)


@dataclass(frozen=True)
class Candidate:
    """A completion that replaces the last `replaces` characters; `about` explains it."""

    text: str
    replaces: int
    about: str = ""


def candidates(text: str, screen: Screen, classes: Classes, files: Sequence[str] = ()) -> Iterator[Candidate]:
    """Return the completions of a text up to the cursor: a command, its arguments, `@name`.

    `files` are the names of shared files.
    """
    word = "" if text[-1:].isspace() else (text.split() or [""])[-1]
    if text.startswith("/") and not text.startswith("//"):
        words = text.split()
        position = len(words) - (1 if word else 0)  # of the word that is being typed; 0 is the command itself
        if position == 0:
            yield from _matching(word, _COMMANDS, "")
            return
        rest = text[len(words[0]) :].lstrip()
        if _is(words[0], "/send") and _PATH.fullmatch(rest):
            for path in paths(rest):
                yield Candidate(path, len(rest))
            return
        if _is(words[0], "/get"):
            yield from _matching(rest, files, "file")
            return
        kinds = _kinds(words[0], position - 1)
        filtered, colon, name = word.partition(":")
        if colon and filtered.lower() in _FILTERS and _is(words[0], "/search"):
            yield from _filter(f"{filtered}:", name, screen)
            return
        if kinds and not (word.startswith("@") and "user" in kinds):
            for kind in kinds:
                if kind in ("poll", "question"):
                    yield from _numbers(word, kind, screen, classes)
                elif kind == "word":
                    yield from _matching(word, usage_of(words[0]).words, "")
                else:
                    yield from _matching(word, _names(kind, screen), kind)
            return
    if word.startswith("@"):
        for name in sorted(screen.users, key=name_key):
            if name_key(name).startswith(name_key(word[1:])):
                yield Candidate(f"@{name}", len(word), "user")


def _is(command: str, name: str) -> bool:
    """Return whether a command, or another name of it, is this one."""
    try:
        return usage_of(command).name == name
    except CommandError:
        return False


def _filter(filter: str, name: str, screen: Screen) -> Iterator[Candidate]:
    """Return what may follow `from:` and `in:`: users as `@name`, and after `in:` rooms as well."""
    rooms = screen.rooms if filter.lower() == "in:" else ()
    for known in sorted(rooms, key=room_key):
        if room_key(known).startswith(room_key(name)):
            yield Candidate(f"{filter}{known}", len(filter) + len(name), "room")
    for known in sorted(screen.users, key=name_key):
        if name_key(known).startswith(name_key(name.removeprefix("@"))):
            yield Candidate(f"{filter}@{known}", len(filter) + len(name), "user")


def _numbers(word: str, kind: str, screen: Screen, classes: Classes) -> Iterator[Candidate]:
    """Return the open polls or questions of the room with the focus, and what they are about."""
    view = classes.of(screen.focus.name) if isinstance(screen.focus, RoomFocus) else None
    if view is None:
        return
    questions = [one for one in view.questions.questions if one.state in ("open", "waiting")]
    polls = [one for one in view.polls if one.state == "open"]
    for one in questions if kind == "question" else polls:
        number = f"#{one.number}"
        if number.startswith(word) or number[1:].startswith(word):
            yield Candidate(number, len(word), shown_name(one.text, _LONGEST_ABOUT))


def _kinds(command: str, position: int) -> Iterable[str]:
    try:
        return usage_of(command).completes(position)
    except CommandError:
        return ()


def _names(kind: str, screen: Screen) -> Iterable[str]:
    match kind:
        case "user":
            return sorted(screen.users, key=name_key)
        case "room":
            return sorted(screen.rooms, key=room_key)
        case _:
            return (usage.name.removeprefix("/") for usage in SCREEN_COMMANDS)


def _matching(word: str, names: Iterable[str], about: str) -> Iterator[Candidate]:
    key = name_key if about == "user" else room_key
    for name in names:
        if key(name).startswith(key(word)):
            yield Candidate(name, len(word), about)
