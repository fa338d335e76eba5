"""The recorded conversations, each a function of a server.

classic.py      clients of the first version, and lines that are no message
rooms.py        rooms, messages, listings, history and search
order.py        moderators and operators
accounts.py     claimed names, devices, coming back
races.py        what happens while something else takes a while
endings.py      limits, timeouts, failures, TLS, and the end of the server
renaming.py     guests who take other names; recorded later than the others
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.in_memory import place
from tests.new_files import with_tables
from tests.wire_recording.server import Server

Act = Callable[[Server], None]


@dataclass(frozen=True)
class Scene:
    """A conversation, and the options of its server."""

    name: str
    act: Act
    words: tuple[str, ...]
    durable: bool
    """Whether the journal is a file."""

    later: bool = False
    """Whether it shows what came after the recording, so that no difference from it is intended."""

    def play(self) -> str:
        """Play the conversation; return its transcript."""
        if not self.durable:
            return self._play(None)
        with tempfile.TemporaryDirectory(prefix="classchat-", dir=place()) as directory:
            return self._play(with_tables(Path(directory) / "journal"))

    def _play(self, journal: Path | None) -> str:
        server = Server(self.words, journal)
        server.transcript.note((self.act.__doc__ or "").splitlines()[0])
        with server.running():
            self.act(server)
        return server.transcript.text()


_scenes: dict[str, Scene] = {}


def scene(
    *words: str, memory: bool = True, file: bool = False, guarded: bool = False, later: bool = False
) -> Callable[[Act], Act]:
    """Return a decorator that makes a scene of a function, with each kind of journal that is wanted.

    It has no rate limits unless it is `guarded`. A `later` one shows what came after the recording.
    """
    given = (*words, *(() if guarded else ("--limits", "off")))

    def decorate(act: Act) -> Act:
        for wanted, durable, end in ((memory, False, ""), (file, True, "_in_file")):
            if wanted:
                name = f"{act.__module__.rpartition('.')[2]}_{act.__name__}{end}"
                assert name not in _scenes, name
                _scenes[name] = Scene(name, act, given, durable, later)
        return act

    return decorate


def all_scenes() -> dict[str, Scene]:
    """Return all scenes by their names."""
    for module in ("classic", "rooms", "order", "accounts", "races", "endings", "renaming"):
        import_module(f"{__name__}.{module}")
    return _scenes
