"""The words of a command of the class layer; the room may be left out, as in `targets.py`.

/hand pointers              the room with the focus
/hand CS350 pointers        CS350, if no room has the focus, or it has the focus itself
/hand #lab pointers         any room
/queue lab                  a command without a free text also takes the name of any known room
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.class_commands import ClassCommand
from classchat.client.commands.targets import duration
from classchat.client.commands.typed import CommandError, Placed, Whereabouts
from classchat.client.spelling import room_key
from classchat.texts import quoted

_LARGEST = (1 << 31) - 1  # of a question or a poll


class ClassWords:
    """The words after a command's name, taken from the first to the last."""

    def __init__(self, where: Whereabouts, text: str, usage: str) -> None:
        """Take the words of `text`, typed `where` it says; `usage` is for the refusal of wrong ones."""
        self._where = where
        self._usage = usage
        self.text = text.strip()

    @property
    def wrong(self) -> CommandError:
        """The refusal that shows the usage."""
        return CommandError(f"Usage: {self._usage}")

    @property
    def first(self) -> str:
        """The next word, which stays; "" if there is none."""
        return (self.text.split(None, 1) or [""])[0]

    @property
    def count(self) -> int:
        """The number of words that are left."""
        return len(self.text.split())

    def word(self) -> str:
        """Take the next word; "" if there is none."""
        first = self.first
        self.text = self.text[len(first) :].lstrip()
        return first

    def lower(self) -> str:
        """Take the next word in lower case."""
        return self.word().lower()

    def number(self, most: int = _LARGEST) -> int:
        """Take a number, from 1.

        Raises:
            CommandError: it is missing, or something else.
        """
        word = self.word()
        if not word:
            raise self.wrong
        number = number_of(word)
        if number is None or number > most:
            raise CommandError(f"'{quoted(word)}' is not a number from 1. Usage: {self._usage}")
        return number

    def seconds(self, least: int, most: int, written: str) -> int:
        """Take a duration; `written` says how it is written.

        Raises:
            CommandError: it is none, too short or too long.
        """
        word = self.word()
        seconds = duration(word)
        if seconds is None or not least <= seconds <= most:
            raise CommandError(f"'{quoted(word)}' is not a time: write {written}")
        return seconds

    def end(self) -> None:
        """Check that no words are left.

        Raises:
            CommandError: there are some.
        """
        if self.text:
            raise self.wrong

    def room(self, own: Callable[[str], bool]) -> str:
        """Take the room, or return the one with the focus.

        `own` says of a word that it is the command's, even if a room has that name.

        Raises:
            CommandError: no room has the focus, and none is named.
        """
        first, focus = self.first, self._where.focus
        if first[:1] == "#" and number_of(first) is None:
            return self.word()[1:] or self._which()
        if focus is None:
            if not first or (self._where.knows_rooms and not self._where.is_room(first)):
                return self._which()
            return self.word()
        if first and room_key(first) == room_key(focus):
            self.word()
        elif self._where.is_room(first) and not own(first):
            return self.word()
        return focus

    def _which(self) -> str:
        usage = self._usage.replace("[room]", "<room>")
        if self._where.knows_rooms:
            raise CommandError(f"No room is selected: /focus ROOM, or name it here: {usage}")
        raise CommandError(f"Which room? Usage: {usage}")

    def room_unless(self, *words: str) -> str:
        """Take the room, unless the first word is one of these, a user, or a number."""
        return self.room(
            lambda first: first.lower() in words or self._where.is_user(first) or number_of(first) is not None
        )

    def room_before_text(self) -> str:
        """Take the room before a free text: only `#room`, or the room with the focus itself."""
        return self.room(lambda _: True)


def number_of(word: str) -> int | None:
    """Return the number that `7` or `#7` stands for; None if it is none."""
    digits = word.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 11):
        return None
    return int(digits) or None


def class_command(read: Callable[[ClassWords], ClassCommand], usage: str) -> Callable[[str], Placed]:
    """Return a function that keeps a text until the focus is known, and reads it then."""

    def at(where: Whereabouts, words: tuple[str, ...]) -> ClassCommand:
        return read(ClassWords(where, words[0], usage))

    return lambda text: Placed(at, (text,))
