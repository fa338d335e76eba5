"""Missed messages count as heard only when a client has shown that it heard them."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from classchat.core.stored import StoredAccount
from classchat.errors import ChatError, ShuttingDown, Silent, SlowReader
from classchat.messages import Claim, Join, Ping, Register, Since
from classchat.texts import stamp
from tests.unit.helpers import EPOCH, Client, House

R = "CS350"
RIGHT = "correct horse"
MISSED = ["one", "two", "for Alice"]


@pytest.fixture
def house() -> House:
    """A house with a room in which Bob has sent messages since Alice, who is registered, left."""
    house = House()
    house.journal._now = lambda: stamp(int(house.journal.clock.seconds() * 1000))
    alice, bob = house.signs_in("Alice", "Bob")
    alice.send(Claim(text=RIGHT))
    house.turn()
    house.room(R, bob, alice)
    alice.quits()
    for _ in range(3):
        house.turn()
    house.journal.clock.advance(1)
    house.turn()
    for text in MISSED[:2]:
        bob.says(R, text)
    bob.tells("Alice", MISSED[2])
    house.turn()
    house.journal.clock.advance(1)
    return house


def begins(house: House, since: Since | None = None) -> Client:
    """Return a client of Alice that reads nothing yet."""
    client = house.connects()
    client.peer.reads = Deferred()
    client.send(Register(sender="Alice", text=RIGHT, since=since))
    for _ in range(4):
        house.turn()
    return client


def comes(house: House, since: Since | None = None) -> Client:
    """Return a client of Alice that has been sent the missed messages."""
    client = house.connects()
    client.send(Register(sender="Alice", text=RIGHT, since=since))
    for _ in range(6):
        house.turn()
    return client


def told(client: Client) -> list[str]:
    """Return the texts of the messages replayed to a client."""
    return sorted(event.text for event in client.hears() if getattr(event, "replay", None))


def goes(house: House, client: Client) -> None:
    """Lose a connection, and advance the clock."""
    client.vanishes()
    house.journal.clock.advance(1)
    for _ in range(3):
        house.turn()


@pytest.mark.parametrize("come", [begins, comes])
def test_a_connection_that_is_lost_meanwhile(house: House, come: object) -> None:
    """A user whose connection is lost during the replay, or before a sign of it, gets it again."""
    for _ in range(2):
        goes(house, come(house))  # type: ignore[operator]
    again = comes(house)

    assert sorted(MISSED) == told(again)
    assert "missing" not in again.hears_texts("success")[0]


@pytest.mark.parametrize("sign", [Ping(), Join(receiver="nowhere")])
def test_a_client_that_has_heard_it(house: House, sign: object) -> None:
    """The first request after the replay shows that it was heard."""
    alice = comes(house)
    alice.send(sign)  # type: ignore[arg-type]
    goes(house, alice)
    again = comes(house)

    assert (sorted(MISSED), []) == (told(alice), told(again))


def test_a_client_that_says_goodbye(house: House) -> None:
    """A quit, or an orderly close, also shows that the replay was heard."""
    alice = comes(house)
    alice.quits()
    house.turn()

    assert [] == told(comes(house))


def test_what_was_said_beforehand_shows_nothing(house: House) -> None:
    """A request from before the welcome shows nothing; the next one does."""
    alice = comes(house)
    alice.session.said_before(1)
    alice.pings()
    first = house.chat.accounts.find("Alice").unheard  # type: ignore[union-attr]
    alice.pings()

    assert (False, True) == (
        first is None,
        house.chat.accounts.find("Alice").unheard is None,  # type: ignore[union-attr]
    )


def test_what_has_not_arrived_is_not_heard(house: House) -> None:
    """A request before all data has arrived does not show that it was heard."""
    alice = comes(house)
    alice.peer.takes_all = False
    alice.pings()
    goes(house, alice)

    assert sorted(MISSED) == told(comes(house))


def test_two_devices(house: House) -> None:
    """A second device gets the missed messages as well; it is enough that one has heard them."""
    one = begins(house)
    two = comes(house)
    goes(house, one)
    two.pings()
    goes(house, two)

    assert (sorted(MISSED), []) == (told(two), told(comes(house)))


def test_a_client_that_says_how_far_it_has_heard(house: House) -> None:
    """With the numbers of a client the replay starts from there, however often the connection is lost."""
    since = Since(EPOCH, 0, rooms={R: 1})
    goes(house, comes(house, since))

    assert "one" not in told(comes(house, since))
    assert "two" in told(comes(house, since))


def cut(house: House, silence: float) -> Client:
    """Return a client of Alice that has read everything, and whose network fails before a message."""
    client = comes(house)
    client.pings()
    house.journal.clock.advance(60)
    house.clients[1].says(R, "lost")
    house.turn()
    house.journal.clock.advance(1)
    client.peer.silence = silence
    return client


def test_a_client_that_was_cut_off(house: House) -> None:
    """While a client may have received nothing for some time, the next one gets what was said since then."""
    dead = cut(house, 5.0)
    next_ = comes(house)
    next_.pings()
    dead.vanishes()
    goes(house, next_)

    assert (["lost"], []) == (told(next_), told(comes(house)))


def test_a_client_that_was_not(house: House) -> None:
    """A further client of a user who is connected gets nothing."""
    cut(house, 0.0)

    assert [] == told(comes(house))


def test_gone_again_before_it_is_heard(house: House) -> None:
    """What a client that was cut off has missed is still missed after the next one has left without it."""
    dead = cut(house, 5.0)
    next_ = comes(house)
    dead.peer.silence = 0.0
    goes(house, dead)
    goes(house, next_)

    assert ["lost"] == told(comes(house))


def test_a_client_that_was_cut_off_and_knows_its_numbers(house: House) -> None:
    """A client with numbers gets exactly what comes after them."""
    cut(house, 300.0)

    assert ["lost"] == told(comes(house, Since(EPOCH, 1, rooms={R: 2})))


@pytest.mark.parametrize(
    ("reason", "missed"),
    [(None, ["lost"]), (Silent(150), ["lost"]), (SlowReader(1), ["lost"]), (ShuttingDown(), [])],
)
def test_the_last_client_is_lost(house: House, reason: ChatError | None, missed: list[str]) -> None:
    """What the last client may not have received is missed, unless it was disconnected in order."""
    dead = cut(house, 5.0)
    dead.session.close(reason)
    house.turn()

    assert missed == told(comes(house))


def test_the_last_client_quits(house: House) -> None:
    """A client that quits has received everything."""
    cut(house, 5.0).quits()
    house.turn()

    assert [] == told(comes(house))


def test_what_is_said_meanwhile(house: House) -> None:
    """Messages during the replay are replayed again with the rest, in order."""
    bob = house.clients[1]
    alice = comes(house)
    bob.says(R, "three")
    house.turn()
    goes(house, alice)

    assert ["one", "two", "three"] == [event.text for event in comes(house).hears("group") if event.seq]


def test_after_a_restart(house: House) -> None:
    """After a restart the time since which messages are unheard is known."""
    account = house.chat.accounts.restore(StoredAccount("carol", "Carol", 9, 8_000, unheard=5_000), 10.0)

    assert (8.0, 5.0) == (account.left, account.unheard)
