"""Accounts and their owners' memberships, as the journal has stored them."""

from __future__ import annotations

from classchat.core import permissions
from classchat.core.accounts import membership
from classchat.core.directory import Directory
from classchat.core.entries import Noted
from classchat.core.journal_port import Journal
from classchat.core.model import Room, User
from classchat.core.ports import Calendar
from classchat.core.stored import Restored


def restore_owners(restored: Restored, directory: Directory, journal: Journal, calendar: Calendar) -> None:
    """Add the stored accounts, and make their owners members of the rooms that they were in."""
    for row in restored.accounts:
        directory.accounts.restore(row, calendar.seconds())
    for change in restored.changes:
        account = directory.accounts.by_key(change.subject)
        room = directory.rooms.by_key(change.room)
        if change.what == "member" and account is not None and room is not None:
            _restore_member(account.user, room, journal, calendar)


def _restore_member(user: User, room: Room, journal: Journal, calendar: Calendar) -> None:
    """Restore a membership; delete one that is no longer permitted, as earlier versions left some."""
    now = calendar.seconds() * 1000
    if room.order.closed or permissions.refusal_to_stay(user, room, now) is not None:
        journal.append(Noted(user, None, None, membership(user, room, present=False)))
    else:
        room.enlist(user)
