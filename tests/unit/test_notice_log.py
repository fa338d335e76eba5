"""The log of notices: which of them share an event, and that all keep their order."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.testing import Clock

from classchat.core.notices import Connected, Disconnected, Notice, Registered, Stopping
from classchat.notice_log import NoticeLog

COMES, SIGNS_IN, GOES = Connected("('127.0.0.1', 1)"), Registered("Alice"), Disconnected("Alice", None)


class Scene:
    """A log of notices, and its events so far."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.events: list[list[Notice]] = []
        self.log = NoticeLog(self.clock, self._logs)

    def _logs(self, notices: Sequence[Notice]) -> None:
        self.events.append([*notices])


def test_the_connections_of_one_turn_share_an_event() -> None:
    """Clients that come and go in one turn of the reactor are logged at its end, in one event."""
    scene = Scene()
    for notice in (COMES, SIGNS_IN, GOES):
        scene.log([notice])
    before = [*scene.events]
    scene.clock.advance(0)

    assert ([], [[COMES, SIGNS_IN, GOES]]) == (before, scene.events)


def test_each_turn_has_an_event_of_its_own() -> None:
    """What happens in the next turn is not added to what was logged."""
    scene = Scene()
    scene.log([COMES])
    scene.clock.advance(0)
    scene.log([SIGNS_IN])
    scene.clock.advance(0)

    assert [[COMES], [SIGNS_IN]] == scene.events


def test_other_notices_wait_for_nothing() -> None:
    """A notice that is not about a connection is logged at once."""
    scene = Scene()
    scene.log([Stopping()])

    assert ([[Stopping()]], []) == (scene.events, scene.clock.getDelayedCalls())


def test_the_order_is_kept() -> None:
    """What waits is logged before a notice that does not, and nothing is logged twice."""
    scene = Scene()
    scene.log([COMES])
    scene.log([Stopping()])
    scene.log([GOES])
    scene.clock.advance(0)

    assert [[COMES, Stopping()], [GOES]] == scene.events


def test_the_last_turn_is_logged_as_well() -> None:
    """What waits when the reactor stops is logged, once."""
    scene = Scene()
    scene.log([COMES])
    scene.log.flush()
    scene.log.flush()
    scene.clock.advance(0)

    assert [[COMES]] == scene.events


def test_nothing_is_no_event() -> None:
    """Without any notices nothing is logged."""
    scene = Scene()
    scene.log([])

    assert ([], []) == (scene.events, scene.clock.getDelayedCalls())
