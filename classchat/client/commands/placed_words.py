"""Which room a command of the class layer is about; it may be left out, as in `targets.py`.

/hand pointers              the room with the focus
/hand CS350 pointers        CS350, if no room has the focus, or it has the focus itself
/hand #lab pointers         any room
/queue lab                  a command without a free text also takes the name of any known room
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.class_commands import ClassCommand
from classchat.class_words import ClassWords, Mistyped, number_of
from classchat.client.commands.typed import CommandError, Placed, Whereabouts
from classchat.client.spelling import room_key


class PlacedWords(ClassWords):
    """The words of a command in a terminal or a script."""

    def __init__(self, where: Whereabouts, text: str, usage: str) -> None:
        """Take the words of `text`, typed `where` it says."""
        super().__init__(text, usage, usage.split()[0])
        self._where = where

    def room(self, own: Callable[[str], bool]) -> str:
        """Take the room, or return the one with the focus.

        `own` says of a word that it is the command's, even if a room has that name.

        Raises:
            Mistyped: no room has the focus, and none is named.
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
            raise Mistyped(f"No room is selected: /focus ROOM, or name it here: {usage}")
        raise Mistyped(f"Which room? Usage: {usage}")

    def room_unless(self, *words: str) -> str:
        """Take the room, unless the first word is one of these, a user, or a number."""
        return self.room(
            lambda first: first.lower() in words or self._where.is_user(first) or number_of(first) is not None
        )

    def room_before_text(self) -> str:
        """Take the room before a free text: only `#room`, or the room with the focus itself."""
        return self.room(lambda _: True)


def class_command(read: Callable[[ClassWords], ClassCommand], usage: str) -> Callable[[str], Placed]:
    """Return a function that keeps a text until the focus is known, and reads it then."""

    def at(where: Whereabouts, words: tuple[str, ...]) -> ClassCommand:
        try:
            return read(PlacedWords(where, words[0], usage))
        except Mistyped as error:
            raise CommandError(str(error)) from None

    return lambda text: Placed(at, (text,))
