"""Lines that were typed before it is known where they go: while a room is being joined or created."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from classchat.client.commands.typed import (
    Action,
    CommandError,
    FocusOn,
    Local,
    Placed,
    Quiet,
    ShowHistory,
    Speech,
    TalkTo,
    Typed,
)
from classchat.client.screen.state import Screen
from classchat.messages import Create, Join

_MOST_HELD = 256  # lines

_WAITING = Speech | Action | FocusOn | TalkTo | Quiet | Create | Join | Placed | ShowHistory
"""Commands that depend on the focus, or may change it."""


class HeldLines:
    """A queue of lines that wait for the server's answer."""

    def __init__(self) -> None:
        """Begin with no lines."""
        self._lines: deque[Typed | Local] = deque()

    def waits(self, screen: Screen) -> bool:
        """Return whether it is not known yet where plain text goes."""
        return bool(screen.entering or self._lines)

    def holds(self, typed: Typed | Local, screen: Screen) -> bool:
        """Hold a line if it has to wait; return whether it has to.

        Raises:
            CommandError: too many lines wait already.
        """
        if not (self.waits(screen) and isinstance(typed, _WAITING)):
            return False
        if len(self._lines) >= _MOST_HELD:
            raise CommandError(
                f"Not sent: {_MOST_HELD} lines are waiting for the server's answer. Try again later"
            )
        self._lines.append(typed)
        return True

    @property
    def texts(self) -> list[str]:
        """The texts that wait."""
        return [line.text for line in self._lines if isinstance(line, Speech | Action)]

    def release(self, screen: Screen) -> Iterator[Typed | Local]:
        """Yield each line that does not have to wait any more."""
        while self._lines and not screen.entering:
            yield self._lines.popleft()

    def refused(self) -> list[Typed | Local]:
        """Return, and drop, the texts at the front: they were for a room that the user is not in."""
        dropped: list[Typed | Local] = []
        while self._lines and isinstance(self._lines[0], Speech | Action):
            dropped.append(self._lines.popleft())
        return dropped

    def clear(self) -> list[Typed | Local]:
        """Return, and drop, all lines."""
        dropped, self._lines = list(self._lines), deque()
        return dropped
