"""What is known of one command: its names, its arguments, and what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classchat.client.commands.targets import unadorned
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
    """One command: what it is called, what follows it, what it is for, and what it becomes.

    `arguments` are `<needed>` or `[optional]`; the last one takes the rest of the line if it is a text.
    `make` gets as many words as `arguments` has, `""` for one that was left out. Where the room may be left
    out, it gets the words that there are, and makes a `Placed` of them.
    """

    name: str
    arguments: tuple[str, ...]
    help: str
    make: Callable[..., Typed | Local]
    aliases: tuple[str, ...] = ()
    screen: bool = False
    """Whether it is only there where there is a screen, not in the line mode."""
    secret: bool = False
    """Whether what follows it is not to be kept between runs."""
    placed: bool = False
    """Whether it depends on where one talks what the words mean."""

    @property
    def synopsis(self) -> str:
        """What one types."""
        return " ".join([self.name, *self.arguments])

    def completes(self, position: int) -> Sequence[str]:
        """Return of which kinds the argument at a position may be: `user`, `room`, `command`."""
        if position >= len(self.arguments):
            return ()
        kinds = _KINDS.get(self.arguments[position], ())
        if self.arguments[position : position + 2] == ("[room]", "<username>"):
            return (*kinds, "user")  # the room may be left out
        return kinds

    def parse(self, rest: str) -> Typed | Local:
        """Make the command of what was typed behind its name.

        Raises:
            CommandError: something is missing, or there is too much.
        """
        has_text = self.arguments[-1:] != () and self.arguments[-1] in _TEXTS
        words = rest.split(None, len(self.arguments) - 1) if has_text and not self.placed else rest.split()
        needed = sum(argument.startswith("<") for argument in self.arguments)
        if len(words) < needed or (len(words) > len(self.arguments) and not (has_text and self.placed)):
            raise CommandError(f"Usage: {self.synopsis}")
        if self.placed:
            return self.make(*words)
        named = [
            unadorned(word) if self.completes(position) == ("user",) else word
            for position, word in enumerate(words)
        ]
        return self.make(*named, *[""] * (len(self.arguments) - len(words)))
