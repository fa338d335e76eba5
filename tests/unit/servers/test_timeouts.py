"""Timeouts of many connections: who is late, when, and how many timers that takes."""

from __future__ import annotations

from twisted.internet.testing import Clock

from classchat.servers.timeouts import Timeouts


class Scene:
    """Timeouts of ten seconds, and who was late, with the time of each."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.late: list[tuple[str, float]] = []
        self.timeouts: Timeouts[str] = Timeouts(self.clock, self._is_late)

    def _is_late(self, name: str) -> None:
        self.late.append((name, self.clock.seconds()))
        if name == "raises":
            raise ValueError(name)
        if name == "again":
            self.timeouts.set("Dave", 10)
            self.timeouts.drop("Carol")

    def come(self, *names: str, seconds: float = 10) -> None:
        """Set deadlines, a second after one another."""
        for name in names:
            self.timeouts.set(name, seconds)
            self.clock.advance(1)

    @property
    def timers(self) -> list[float]:
        """When timers are due."""
        return [call.getTime() for call in self.clock.getDelayedCalls()]


def test_each_is_late_at_its_time() -> None:
    """All deadlines share one timer, and each is reached at its own time."""
    scene = Scene()
    scene.come("Alice", "Bob", "Carol")
    timers = scene.timers
    scene.clock.pump([1] * 12)

    assert ([10], [("Alice", 10), ("Bob", 11), ("Carol", 12)]) == (timers, scene.late)


def test_who_was_in_time_is_not_called() -> None:
    """A deadline that was dropped is not reached, and may be dropped again."""
    scene = Scene()
    scene.come("Alice", "Bob")
    scene.timeouts.drop("Alice")
    scene.timeouts.drop("Alice")
    scene.clock.pump([1] * 12)

    assert ([("Bob", 11)], False, []) == (scene.late, "Bob" in scene.timeouts, scene.timers)


def test_a_deadline_is_not_set_twice() -> None:
    """The first of two deadlines for the same connection counts."""
    scene = Scene()
    scene.come("Alice", "Alice")
    scene.clock.pump([1] * 12)

    assert [("Alice", 10)] == scene.late


def test_the_timer_stays_until_it_is_due() -> None:
    """The timer stays while clients come and go, and is not set again when there is no deadline."""
    scene = Scene()
    scene.come("Alice")
    scene.timeouts.drop("Alice")
    scene.come("Bob")
    before = scene.timers
    scene.timeouts.drop("Bob")
    scene.clock.advance(8)

    assert ([10], [], []) == (before, scene.timers, scene.late)


def test_the_timer_is_stopped() -> None:
    """Without a deadline the timer can be stopped, twice as well, and then be used again."""
    scene = Scene()
    scene.come("Alice")
    scene.timeouts.drop("Alice")
    scene.timeouts.stop()
    scene.timeouts.stop()
    stopped = scene.timers
    scene.come("Bob")

    assert ([], [11]) == (stopped, scene.timers)


def test_who_is_late_may_change_the_others() -> None:
    """What is set or dropped while others are late counts, with one timer."""
    scene = Scene()
    for name in ("again", "Bob", "Carol"):
        scene.timeouts.set(name, 10)
    scene.clock.advance(10)
    late, timers = [*scene.late], scene.timers
    scene.clock.advance(10)

    assert [("again", 10), ("Bob", 10)] == late
    assert ([20], [*late, ("Dave", 20)]) == (timers, scene.late)


def test_a_failure_does_not_keep_the_others() -> None:
    """The others are called although calling one of them has failed."""
    scene = Scene()
    scene.come("raises", "Bob")
    try:
        scene.clock.advance(9)
    except ValueError:
        failed = True
    scene.clock.advance(0)

    assert (True, [("raises", 11), ("Bob", 11)]) == (failed, scene.late)


def test_a_shorter_deadline_waits_for_those_before() -> None:
    """After the length has changed, deadlines are reached in the order in which they were set."""
    scene = Scene()
    scene.come("Alice", seconds=10)
    scene.come("Bob", seconds=2)
    scene.clock.pump([1] * 12)

    assert [("Alice", 10), ("Bob", 10)] == scene.late
