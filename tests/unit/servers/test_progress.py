"""Progress: how long a slow reader is waited for."""

from __future__ import annotations

import pytest
from twisted.internet.testing import Clock

from classchat.servers.progress import ClosingTimeout, Patience, left_of
from tests.unit.servers.helpers import Wire


class Scene:
    """A reader over a way, which has so much left to take."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wire = Wire()
        self.left = 1_000
        self.given_up: list[float] = []

    def patience(self) -> Patience:
        """Return 30 seconds of patience with this reader."""
        patience = Patience(self.wire, lambda _: self.left, self.clock, 30.0, self._give_up)
        patience.begin()
        return patience

    def closes(self) -> ClosingTimeout:
        """Return a timeout of 2 seconds, while the connection to this reader closes."""
        return ClosingTimeout(self.wire, lambda _: self.left, self.clock, 2.0)

    def passes(self, seconds: int, taking: int = 0) -> None:
        """Pass time, in which the reader takes some bytes each second."""
        for _ in range(seconds):
            self.left -= taking
            self.clock.advance(1)

    def _give_up(self) -> None:
        self.given_up.append(self.clock.seconds())


@pytest.fixture
def scene() -> Scene:
    """Return a reader that is behind."""
    return Scene()


def test_patience_ends(scene: Scene) -> None:
    """A reader that takes nothing is given up on, once."""
    scene.patience()
    scene.passes(100)

    assert [30.0] == scene.given_up


def test_progress_gives_time(scene: Scene) -> None:
    """A reader that takes a byte now and then is waited for, and has all the time from then on."""
    scene.patience()
    scene.passes(100, taking=1)
    before = list(scene.given_up)
    scene.passes(40)

    assert ([], 1) == (before, len(scene.given_up))


def test_patience_from_one_time_to_the_next(scene: Scene) -> None:
    """A reader that has caught up is not given up on, and has all the time when it is behind again."""
    patience = scene.patience()
    scene.passes(29)
    patience.stop()
    scene.passes(100)
    patience.begin()
    scene.passes(29)
    before = list(scene.given_up)
    scene.passes(1)

    assert ([], [159.0]) == (before, scene.given_up)


def test_a_reader_that_begins_again(scene: Scene) -> None:
    """A slice that was taken gives all the time again, however much is left."""
    patience = scene.patience()
    scene.passes(29)
    patience.begin_again()
    scene.passes(29)

    assert [] == scene.given_up


def test_stopping_twice(scene: Scene) -> None:
    """A stopped patience leaves no timer; to stop it again is harmless."""
    patience = scene.patience()
    patience.stop()
    patience.stop()

    assert [] == scene.clock.getDelayedCalls()


def test_a_connection_that_closes_is_cut(scene: Scene) -> None:
    """A reader that takes nothing of the last bytes is cut off after two seconds."""
    scene.closes()
    scene.passes(1)
    before = scene.wire.closing
    scene.passes(1)

    assert ("open", "aborted") == (before, scene.wire.closing)


def test_a_connection_that_closes_slowly(scene: Scene) -> None:
    """A reader that goes on taking the last bytes is waited for, up to ten minutes."""
    scene.closes()
    scene.passes(599, taking=1)
    before = scene.wire.closing
    scene.passes(1, taking=1)

    assert ("open", "aborted") == (before, scene.wire.closing)


def test_a_connection_that_closes_in_a_hurry(scene: Scene) -> None:
    """A server that stops cuts the connection at the next check, whatever the reader takes."""
    closing = scene.closes()
    closing.hurry()
    scene.passes(2, taking=1)

    assert "aborted" == scene.wire.closing


def test_what_is_left_is_unknown_without_a_socket(scene: Scene) -> None:
    """A transport that is no socket of ours has nothing left, as far as is known."""
    assert 0 == left_of(scene.wire)
