"""What programs post is said in a room."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from classchat.core.acts import Change, HookAdded, HookRemoved
from classchat.core.hooks import Hook
from classchat.core.journal_port import store_acts
from classchat.core.persons import digest
from classchat.errors import ChatError, NotSaved, RoomClosed, RoomNotFound, ShuttingDown, TooMany
from classchat.limits import Limits
from classchat.messages import Group
from tests.unit.helpers import House, user

HOOK = Hook(1, "#cs350", "Grafana")


class _Outcome:
    """What has become of a coroutine."""

    error: ChatError | None = None
    result: object = None
    is_over = False

    async def of(self, waiting: Coroutine[Any, Any, object]) -> None:
        """Wait for it."""
        try:
            self.result = await waiting
        except ChatError as error:
            self.error = error
        self.is_over = True


def begins(house: House, waiting: Coroutine[Any, Any, object]) -> _Outcome:
    """Run a coroutine until it waits for the journal."""
    outcome = _Outcome()
    house.run(outcome.of(waiting))
    return outcome


def test_all_members_read_it() -> None:
    """A text is a message of the room, by an author who is no user; it is answered when it is stored."""
    house = House()
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    said = begins(house, house.chat.hook_posts.say(HOOK, "CPU\x07 high", "Load test"))
    before = said.is_over
    house.turn()

    heard = [Group("Load-test[bot]", "CS350", "CPU\ufffd high", seq=1, time=alice.hears("group")[0].time)]
    assert (False, True, None) == (before, said.is_over, said.error)
    assert heard == alice.hears("group") == bob.hears("group")
    assert ["Alice", "Bob"] == house.users() == house.members("CS350")


def test_a_long_text_is_cut_off() -> None:
    """An alert that is too long for a message is not lost: it is cut off, and shows that."""
    house = House(Limits(text=10))
    [alice] = house.signs_in("Alice")
    house.room("CS350", alice)
    begins(house, house.chat.hook_posts.say(HOOK, "0123456789ab"))
    house.turn()

    assert ["012345678…"] == alice.hears_texts("group")


def test_where_nothing_can_be_said() -> None:
    """A program is refused where its room is gone or closed, and while the server stops."""
    house = House()
    gone = begins(house, house.chat.hook_posts.say(HOOK, "Hello"))
    house.room("CS350", *house.signs_in("Alice"))
    house.chat.moderation.apply([Change("#cs350", "", "closed", "1")])
    closed = begins(house, house.chat.hook_posts.say(HOOK, "Hello"))
    house.chat.close()
    stopping = begins(house, house.chat.hook_posts.say(HOOK, "Hello"))

    assert [RoomNotFound, RoomClosed, ShuttingDown] == [type(one.error) for one in (gone, closed, stopping)]


def test_what_could_not_be_stored() -> None:
    """A program is told that its text was not stored."""
    house = House()
    [alice] = house.signs_in("Alice")
    house.room("CS350", alice)
    said = begins(house, house.chat.hook_posts.say(HOOK, "Hello"))
    house.journal.fail(NotSaved())
    house.turn()

    assert isinstance(said.error, NotSaved)
    assert [] == alice.hears("group")


def test_a_flood_is_refused() -> None:
    """A webhook has a burst, then one message a second; others are not affected."""
    house = House(Limits())
    posts, other = house.chat.hook_posts, Hook(2, "#cs350", "CI")
    for _ in range(Limits.hook_posts.burst):
        posts.take_turn(HOOK)
    with pytest.raises(TooMany):
        posts.take_turn(HOOK)
    posts.take_turn(other)
    house.journal.clock.advance(1.0)
    posts.take_turn(HOOK)

    with pytest.raises(TooMany):
        posts.take_turn(HOOK)


def test_a_token_finds_its_webhook() -> None:
    """A token finds its webhook until that is removed; another one, or one of an outgoing hook, none."""
    house = House()
    founder, posts = user("Alice"), house.chat.hook_posts
    outgoing = HookAdded("#cs350", "CI", digest("other"), "http://example.org/", "!ci", "secret")
    for act in (HookAdded("#cs350", "Grafana", digest("token")), outgoing):
        begins(house, store_acts(house.journal, founder, act))
    house.turn()
    found = [begins(house, posts.hook(token)).result for token in ("token", "guess", "other")]
    begins(house, store_acts(house.journal, founder, HookRemoved(1)))
    house.turn()
    removed = begins(house, posts.hook("token")).result

    assert [HOOK, None, None] == found
    assert removed is None
