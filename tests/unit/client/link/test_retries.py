"""The delays between calls, and the deadline."""

from __future__ import annotations

from itertools import count

from twisted.internet.task import Clock

from classchat.client.link.exchange import Exchange
from classchat.client.link.retries import Retries
from tests.unit.client.link.test_exchange import Ears


class Retrying:
    """A link's retries over 300 seconds, whose exchange has nothing open."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.given_up = 0
        self.retries = Retries(self.clock, 300.0, lambda: 0.0, self.gives_up)
        self.exchange = Exchange("Alice", map(str, count(1)), Ears())

    def gives_up(self) -> None:
        """Record it."""
        self.given_up += 1

    def loses(self, *, was_up: bool) -> bool:
        """Lose the connection; return whether there is time left."""
        return self.retries.lost(self.exchange, was_up=was_up)


def test_delays() -> None:
    """Delays grow up to a bound, and start over after `restart`."""
    one = Retrying()
    delays = [one.retries.next_delay() for _ in range(20)]
    one.retries.restart()

    assert delays == sorted(delays)
    assert 15.0 >= delays[-1]
    assert delays[0] == one.retries.next_delay()


def test_giving_up() -> None:
    """The link gives up once the connection was lost for 300 seconds, however often it comes back briefly."""
    one = Retrying()
    one.loses(was_up=True)
    one.clock.advance(200)
    one.retries.connected()
    left = one.loses(was_up=True)
    one.clock.advance(99)
    before = one.given_up
    one.clock.advance(1)

    assert (True, 0, 1) == (left, before, one.given_up)
    assert not one.loses(was_up=False)


def test_a_good_connection() -> None:
    """After a connection that lasted, the 300 seconds start over."""
    one = Retrying()
    one.loses(was_up=True)
    one.clock.advance(200)
    one.retries.connected()
    one.clock.advance(10)
    one.loses(was_up=True)
    one.clock.advance(299)

    assert 0 == one.given_up


def test_a_password() -> None:
    """After a password was given, the 300 seconds start over."""
    one = Retrying()
    one.loses(was_up=True)
    one.clock.advance(299)
    one.retries.restart_deadline()
    one.clock.advance(299)

    assert 0 == one.given_up


def test_stopping() -> None:
    """A stopped deadline does not fire; stopping twice is harmless."""
    one = Retrying()
    one.loses(was_up=True)
    one.retries.stop()
    one.retries.stop()

    assert [] == one.clock.getDelayedCalls()
