"""The bounds that docs/protocol.md promises."""

from __future__ import annotations

from dataclasses import replace

from classchat.limits import Limits, Rate
from tests.tables import each_case


@each_case(
    ("name", "default"),
    [
        ("line", 65_536),
        ("text", 10_000),
        ("user_name", 32),
        ("room_name", 64),
        ("rooms_of_user", 100),
        ("rooms", 10_000),
        ("behind", 1024 * 1024),
        ("sign_in", 30),
        ("welcome_alone", 1),
        ("messages", Rate(10, 2)),
        ("readings", Rate(20, 1)),
        ("requests", Rate(50, 10)),
        ("connections_of_address", 64),
        ("new_of_address", 20),
        ("new_within", 10),
        ("ping_after", 60),
        ("gone_after", 150),
    ],
)
def test_the_defaults_of_the_protocol(name: str, default: object) -> None:
    """The defaults are those of the table *Limits*."""
    assert default == getattr(Limits(), name)


def test_limits_change_for_all_who_share_them() -> None:
    """A server that runs takes over other limits, and each of its parts sees them."""
    shared = Limits()
    shared.take_over(Limits(text=7, names="claimed"))

    assert Limits(text=7, names="claimed") == shared


def test_limits_without_guard() -> None:
    """Only the limits against abuse can be turned off."""
    limits = Limits(text=7)

    guard = {"messages", "readings", "requests", "connections_of_address", "new_of_address"}
    guard |= {"wrong_passwords_of_name", "wrong_passwords_of_address", "claims_of_address"}
    guard |= {"changes_of_password", "renames_of_user", "page_requests"}
    assert replace(limits, **dict.fromkeys(guard)) == limits.without_guard()
