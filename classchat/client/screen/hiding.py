"""What a person does not want to see: whom they ignore, and in which rooms they hide who comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from classchat.client.commands.typed import CommandError
from classchat.client.display.stranger import shown_name
from classchat.client.screen.ignored import KeptNames
from classchat.client.screen.known_names import Names
from classchat.client.screen.state import EVERYWHERE, Screen
from classchat.client.spelling import name_key, room_key


class Hiding:
    """Changes what a screen hides, and keeps it between runs. What it returns is a sentence for people."""

    def __init__(self, state: Path) -> None:
        """Keep it in the directory `state`."""
        self._ignored = KeptNames(state / "ignored", name_key, "who is ignored")
        self._quiet = KeptNames(state / "quiet", room_key, "which rooms are quiet")

    def restore(self, screen: Screen, complain: Callable[[str], object]) -> None:
        """Hide what was hidden before; `complain` is told what can't be read."""
        for name in self._ignored.read(complain):
            screen.ignored.add(name)
        for room in self._quiet.read(complain):
            screen.quiet.add(room)

    def ignore(self, screen: Screen, name: str) -> str:
        """Hide what a person says; without a name, return who is ignored.

        Raises:
            CommandError: it is oneself.
        """
        if not name:
            names = ", ".join(map(shown_name, screen.ignored))
            return f"Ignored users: {names}" if names else "You are not ignoring anyone"
        if name_key(name) == name_key(screen.me):
            raise CommandError("You can't ignore yourself")
        screen.ignored.add(name)
        done = f"Ignoring {shown_name(name)}. To stop: /unignore {shown_name(name)}"
        return _kept(self._ignored, screen.ignored, name, done, keep=True)

    def unignore(self, screen: Screen, name: str) -> str:
        """Show again what a person says."""
        screen.ignored.discard(name)
        return _kept(
            self._ignored, screen.ignored, name, f"No longer ignoring {shown_name(name)}", keep=False
        )

    def be_quiet(self, screen: Screen, room: str, *, off: bool) -> str:
        """Hide who comes and goes, in a room or, with `*`, anywhere; or show it again.

        Raises:
            CommandError: no room is named, and none has the focus.
        """
        where = room or screen.whereabouts.focus
        if where is None:
            raise CommandError("Which room? Usage: /quiet <room|*> [off]")
        place = "in all rooms" if where == EVERYWHERE else f"in {shown_name(where)}"
        if not off:
            screen.quiet.add(where)
            done = f"Joins and leaves are hidden {place}. To show them: /quiet {shown_name(where)} off"
            return _kept(self._quiet, screen.quiet, where, done, keep=True)
        screen.quiet.discard(where)
        done = f"Joins and leaves are shown {place} again"
        if EVERYWHERE in screen.quiet:
            done = f"Joins and leaves are hidden in all rooms. To show them: /quiet {EVERYWHERE} off"
        return _kept(self._quiet, screen.quiet, where, done, keep=False)


def _kept(file: KeptNames, names: Names, name: str, done: str, *, keep: bool) -> str:
    """Keep it on disk, and return what is done, or that it holds only until one leaves."""
    try:
        kept = file.change(name, keep=keep)
    except OSError as error:
        return f"{done} (not saved: {error.strerror})"
    for each in kept:  # another client may have kept more
        names.add(each)
    return done
