"""One row of the table of commands: names, arguments, help, and what the command becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classchat.class_words import unadorned
from classchat.client.commands.typed import CommandError, Local, Typed

_KINDS = {
    "<username>": ("user",),
    "[username]": ("user",),
    "<room_name>": ("room",),
    "[room_name]": ("room",),
    "[room]": ("room",),
    "[room|user]": ("room", "user"),
    "[room|user|*]": ("room", "user"),
    "[room|*]": ("room",),
    "[room|user|N]": ("room", "user"),
    "[command]": ("command",),
}
_TEXTS = ("<message>", "[message]", "<words>", "[text]", "[reason]")


@dataclass(frozen=True)
class Usage:
    """One command.

    `arguments` are `<needed>` or `[optional]`; the last one takes the rest of the line if it is a text.
    `make` gets as many words as `arguments` has, `""` for one that was left out. If the command is `placed`,
    it gets the words that were typed, and makes a `Placed` of them.
    """

    name: str
    arguments: tuple[str, ...]
    help: str
    make: Callable[..., Typed | Local]
    aliases: tuple[str, ...] = ()
    screen: bool = False
    """Whether only a screen has it, not line mode."""
    secret: bool = False
    """Whether its arguments must not be kept between runs."""
    placed: bool = False
    """Whether the focus decides what its words mean."""
    whole: bool = False
    """Whether a placed command gets all that follows its name as one word, with its spaces and lines."""
    words: tuple[str, ...] = ()
    """The words that Tab offers as its arguments."""
    offers: tuple[str, ...] = ()
    """Further kinds of arguments that Tab offers: `user`, `poll`, `question`."""

    @property
    def synopsis(self) -> str:
        """The command and its arguments."""
        return " ".join([self.name, *self.arguments])

    def completes(self, position: int) -> Sequence[str]:
        """Return the kinds of the argument at a position: `user`, `room`, `command` and others."""
        if self.whole:
            offered = (*(("word",) if self.words else ()), *self.offers)
            return offered if position else (*offered, "room")
        if position >= len(self.arguments):
            return ()
        kinds = _KINDS.get(self.arguments[position], ())
        if self.arguments[position : position + 2] == ("[room]", "<username>"):
            return (*kinds, "user")  # the room may be left out
        return kinds

    def parse(self, rest: str) -> Typed | Local:
        """Return what the command becomes with the words that follow its name.

        Raises:
            CommandError: words are missing, or there are too many.
        """
        has_text = self.arguments[-1:] != () and self.arguments[-1] in _TEXTS
        words = rest.split(None, len(self.arguments) - 1) if has_text and not self.placed else rest.split()
        needed = sum(argument.startswith("<") for argument in self.arguments)
        several = (has_text and self.placed) or self.whole
        if len(words) < needed or (len(words) > len(self.arguments) and not several):
            raise CommandError(f"Usage: {self.synopsis}")
        if self.whole:
            return self.make(rest.strip())
        if self.placed:
            return self.make(*words)
        named = [
            unadorned(word) if self.completes(position) == ("user",) else word
            for position, word in enumerate(words)
        ]
        return self.make(*named, *[""] * (len(self.arguments) - len(words)))
