"""Owners of accounts who are away: since when, and since when they may have missed something.

    the last client disconnects     the account has `left` from then on; the rooms are told in a moment
    a client signs in in time       the rooms are told nothing
    the moment is over              `Left` in each room: the owner stays a member

What may have reached nobody is counted from `unheard` on: the connection of the last client may have been
dead for a while when it was noticed.
"""

from __future__ import annotations

from classchat.core.departures import Departure, Ending
from classchat.core.directory import Directory
from classchat.core.entries import Left
from classchat.core.journal_port import Journal
from classchat.core.model import Account
from classchat.core.ports import Calendar, Clock
from classchat.core.published import Published


class AbsentOwners:
    """Records when owners leave, and tells their rooms."""

    def __init__(
        self, journal: Journal, directory: Directory, published: Published, clock: Clock, calendar: Calendar
    ) -> None:
        self._journal = journal
        self._users = directory.users
        self._limits = directory.limits
        self._published = published
        self._clock = clock
        self._calendar = calendar

    def leave_later(self, account: Account, ending: Ending) -> None:
        """Tell the rooms of an account's owner that they have left, unless they are back in a moment."""
        departure = ending.departure(account.user)
        account.leaving = self._clock.callLater(self._limits.absence, self._leave, account, departure)

    def be_away(self, account: Account, silence: float = 0.0) -> None:
        """Record that the last client has left, which may have received nothing for so many seconds."""
        account.left = self._calendar.seconds()
        if account.unheard is None:  # else the last client has left before it had received what was missed
            account.unheard = account.left - silence

    def doubt(self, account: Account) -> None:
        """Record since when a client that is still connected may have received nothing, if there is one.

        The client that comes may be the same one again, whose network has failed before the server has
        noticed.
        """
        silence = max((peer.unreceived_for() for peer in account.user.peers), default=0.0)
        if silence:
            since = self._calendar.seconds() - silence
            account.unheard = since if account.unheard is None else min(account.unheard, since)

    def _leave(self, account: Account, departure: Departure) -> None:
        """Tell the rooms of an account's owner that they have left; the owner stays a member."""
        account.leaving = None
        user = account.user
        self._users.remove(user)
        for room in user.rooms:
            self._journal.append(Left(user, None, None, room, departure=departure, forsaken=False))
        self._published.departed(user)
