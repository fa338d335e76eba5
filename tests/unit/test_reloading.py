"""Options that change while the server runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from classchat.core.notices import Notice, Reconfigured
from classchat.option_table import Misuse
from classchat.options import CHANGEABLE, SERVER_OPTIONS, checked, limits_of
from classchat.reloading import Reloading
from classchat.serve import ServeOptions
from tests.tables import each_case
from tests.unit.servers.helpers import Server


class Running:
    """A server, and the options that it would find."""

    def __init__(self, *words: str) -> None:
        options = ServeOptions()
        options.parseOptions(words)
        self.server = Server(limits_of(options))
        self.found: dict[str, Any] = dict(options)
        self.notices: list[Notice] = []
        self.reloading = Reloading(
            options, self._again, self.server.factory, lambda it: it, self.notices.extend
        )

    def _again(self) -> Mapping[str, Any]:
        return checked(self.found)

    def finds(self, **options: Any) -> list[Reconfigured]:
        """Read options again, with these changes."""
        self.found |= {name.replace("_", "-"): value for name, value in options.items()}
        return self.reloading.reload()


def test_limits_hold_from_now_on() -> None:
    """A text that was allowed before the change is refused after it, also for users who are signed in."""
    running = Running("--limits", "off")
    (alice,) = running.server.signs_in("Alice")
    running.server.room("CS350", alice)
    told = running.finds(max_text=3)
    alice.sends({"status": "group", "receiver": "CS350", "text": "four"})

    assert [Reconfigured("max-text", "3")] == told == running.notices
    assert ["too_long"] == alice.hears_codes()


def test_rates_change_for_users_who_are_here() -> None:
    """A user whose messages had to wait is read faster at once, and one who joins later as well."""
    running = Running("--message-burst", "1", "--message-rate", "0.1")
    alice, bob = running.server.signs_in("Alice", "Bob")
    running.server.room("CS350", alice, bob)
    running.server.passes(100)
    running.finds(message_burst=100, message_rate=100.0)
    for number in range(50):
        alice.sends({"status": "group", "receiver": "CS350", "text": f"{number}"})
    running.server.turn()

    assert 50 == len(bob.hears("group"))


def test_a_network_is_trusted_from_now_on() -> None:
    """A class behind one address gets in once its network is named; this machine always does."""
    running = Running("--max-new-per-address", "1")
    doors = running.server.factory.doors
    outside = IPv4Address("TCP", "203.0.113.7", 1)
    before = doors.origin(outside)
    running.reloading.set("trusted-network", "203.0.113.0/24")

    assert before is not None
    assert (None, None) == (doors.origin(outside), doors.origin(IPv4Address("TCP", "127.0.0.1", 1)))


def test_other_options_need_a_restart_and_say_so_once() -> None:
    """What can't change is told once for each change, without its value, and not when it is as before."""
    running = Running()
    told = [running.finds(port=port) for port in (1, 1, 2, None, 1)]

    expected = [Reconfigured("port", None)]
    assert [expected, [], expected, [], expected] == told
    assert 10_000 == running.server.chat.limits.text


def test_a_mistake_changes_nothing() -> None:
    """If one option contradicts another one, all that is right stays as it was, too."""
    running = Running()
    with pytest.raises(Misuse, match="--key needs --certificate"):
        running.finds(max_text=3, key="key.pem")

    assert (10_000, []) == (running.server.chat.limits.text, running.notices)


@each_case(
    ("option", "value", "sentence"),
    [
        ("nothing", "1", "There is no option 'nothing'"),
        ("port", "1", "port can't be changed while the server runs"),
        ("operator", "Eve", "operator can't be changed while the server runs"),
        ("max-behind", "65536", "max-behind can't be changed while the server runs"),
        ("max-text", "0", "max-text: '0' is not a whole number from 1 to 16000"),
        ("trusted-network", "here", "trusted-network: 'here' is not a network"),
    ],
)
def test_what_cannot_be_set(option: str, value: str, sentence: str) -> None:
    """An option that does not exist, needs a restart, or has no such value is refused in a sentence."""
    running = Running()
    with pytest.raises(Misuse, match=sentence):
        running.reloading.set(option, value)

    assert [] == running.notices


def test_what_was_set_holds_until_the_options_are_read_again() -> None:
    """The operator's value holds until a reload, which takes what the file says."""
    running = Running("--max-text", "7")
    running.reloading.set("max-text", "3")
    held = running.server.chat.limits.text
    told = running.finds()

    assert (3, [Reconfigured("max-text", "7")], 7) == (held, told, running.server.chat.limits.text)


def test_every_changeable_option_is_shown_as_it_is_written() -> None:
    """The list of limits has each option that can change, in a form that can be set again."""
    running = Running()
    for name, text in running.reloading.limits.items():
        assert [] == running.reloading.set(name, "" if text == "none" else text), name

    assert set(CHANGEABLE) == {*running.reloading.limits}
    assert CHANGEABLE <= {option.name for option in SERVER_OPTIONS}
