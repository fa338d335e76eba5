"""Hiding: the messages of ignored users, and joins and leaves in quiet rooms."""

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
    """The ignored users and quiet rooms, kept between runs. The commands return a sentence for people."""

    def __init__(self, state: Path) -> None:
        """Keep the lists in the directory `state`."""
        self._ignored = KeptNames(state / "ignored", name_key, "who is ignored")
        self._quiet = KeptNames(state / "quiet", room_key, "which rooms are quiet")

    def restore(self, screen: Screen, complain: Callable[[str], object]) -> None:
        """Hide what was hidden before; call `complain` if a file can't be read."""
        for name in self._ignored.read(complain):
            screen.ignored.add(name)
        for room in self._quiet.read(complain):
            screen.quiet.add(room)

    def ignore(self, screen: Screen, name: str) -> str:
        """Hide a user's messages; without a name, return the ignored users.

        Raises:
            CommandError: it is the user's own name.
        """
        if not name:
            names = ", ".join(map(shown_name, [*screen.ignored, *screen.renamed]))
            return f"Ignored users: {names}" if names else "You are not ignoring anyone"
        if name_key(name) == name_key(screen.me):
            raise CommandError("You can't ignore yourself")
        screen.ignored.add(name)
        done = f"Ignoring {shown_name(name)}. To stop: /unignore {shown_name(name)}"
        return _kept(self._ignored, screen.ignored, name, done, keep=True)

    def unignore(self, screen: Screen, name: str) -> str:
        """Show a user's messages again."""
        screen.ignored.discard(name)
        screen.renamed.discard(name)
        return _kept(
            self._ignored, screen.ignored, name, f"No longer ignoring {shown_name(name)}", keep=False
        )

    def be_quiet(self, screen: Screen, room: str, *, off: bool) -> str:
        """Hide joins and leaves, in a room or, with `*`, in all rooms; or show them again.

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
    """Save a change, and return the sentence `done`, with the reason if it can't be saved."""
    try:
        kept = file.change(name, keep=keep)
    except OSError as error:
        return f"{done} (not saved: {error.strerror})"
    for each in kept:  # another client may have kept more
        names.add(each)
    return done
