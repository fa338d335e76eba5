"""The client line by line: in a terminal without an editor, or behind a pipe."""

from __future__ import annotations

from classchat.client.app import App
from classchat.client.display.observer import Display, Observer
from classchat.client.display.wrapping import INDENT


class LineApp(App):
    """The client in line mode."""

    def _new_display(self, name: str) -> Observer:
        display = Display(
            self._terminal,
            name,
            self._destination.place,
            self._world.clock,
            gives_back=self._audience.is_person,
            paper=self._world.paper.inside(INDENT),
        )
        display.joined = self._introduction.joined
        display.files = self._files.received
        return display
