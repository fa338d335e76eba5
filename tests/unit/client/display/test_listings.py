"""Lists of members, with their roles."""

from __future__ import annotations

from classchat.client.display.listings import members
from classchat.messages import Success, UserListing


def test_roles() -> None:
    """Moderators, assistants, muted and away members are marked; members who are offline stand at the end."""
    answer = Success(
        "SERVER",
        "Alice",
        "…",
        users=[
            UserListing("Alice"),
            UserListing("Bob", moderator=True),
            UserListing("Carol", assistant=True, away="lunch"),
            UserListing("Dave", muted=True),
        ],
        absent=[UserListing("Erin")],
        more=2,
    )

    assert (
        "Members of 'CS350': Alice, Bob (moderator), Carol (assistant, away: lunch), Dave (muted);"
        " offline: Erin and 2 more"
    ) == members(answer, "CS350")


def test_one_role_is_enough() -> None:
    """A list in which only an assistant has a role shows it; one without roles is the server's sentence."""
    with_assistant = Success("SERVER", "Alice", "…", users=[UserListing("Carol", assistant=True)])
    without = Success("SERVER", "Alice", "Members: Carol", users=[UserListing("Carol")])

    assert "Members of 'CS350': Carol (assistant)" == members(with_assistant, "CS350")
    assert "Members: Carol" == members(without, "CS350")
