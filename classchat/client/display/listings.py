"""Lists of users as people read them."""

from __future__ import annotations

from classchat.client.display.stranger import shown, shown_name
from classchat.messages import Success, UserListing


def members(answer: Success, room: str) -> str:
    """Return the members of a room with their roles, those who are offline at the end."""
    users, absent = answer.users or [], answer.absent or []
    if not (absent or any(user.moderator or user.assistant or user.muted for user in users)):
        return answer.text
    text = f"Members of '{shown_name(room)}': {', '.join(map(_member, users)) or 'none online'}"
    if absent:
        text += f"; offline: {', '.join(map(_member, absent))}"
    return f"{text} and {answer.more} more" if answer.more else text


def _member(user: UserListing) -> str:
    marks = [mark for mark in ("moderator", "assistant", "muted") if getattr(user, mark)]
    if user.away is not None:
        marks.append(f"away: {shown(user.away)}" if user.away else "away")
    return f"{shown_name(user.name)} ({', '.join(marks)})" if marks else shown_name(user.name)
