"""Presence: which users are connected, with which clients.

    a guest      signs in with a name that is free; both are gone when the connection ends
    comes back   with a token, and is the same person, who gets the missed messages
    an account   is a claimed name: its owner may be connected with several devices

The owner of an account stays a member of rooms when the last connection has ended. The rooms are told that
the owner has left unless they are back in a moment, and the owner gets the missed messages then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from classchat.core.absences import Absences
from classchat.core.absent_owners import AbsentOwners
from classchat.core.arrivals import Arrivals
from classchat.core.backlog import Backlog
from classchat.core.departures import Ending
from classchat.core.entries import Joined, Left
from classchat.core.ground import Ground
from classchat.core.identity import Guest, Identity, Owner
from classchat.core.model import Account, Room, User
from classchat.core.notices import Disconnected, Registered
from classchat.core.pending_claims import PendingClaims
from classchat.core.persons import Person, digest, new_token
from classchat.core.ports import Peer
from classchat.core.rate_limits import RateLimits
from classchat.errors import (
    ChatError,
    ClaimedOnly,
    NameReleased,
    NameTooSimilar,
    PasswordRequired,
    SentAway,
    Silent,
    SlowReader,
    TakenOver,
    TooMany,
    UsernameTaken,
)
from classchat.messages import Error
from classchat.names import SERVER


class Presence:
    """Signs users in and out."""

    def __init__(
        self,
        ground: Ground,
        absences: Absences,
        pending: PendingClaims,
        rate_limits: RateLimits,
        arrivals: Arrivals,
        owners: AbsentOwners,
    ) -> None:
        directory = ground.directory
        self._journal = ground.journal
        self._users = directory.users
        self._accounts = directory.accounts
        self._watchers = directory.watchers
        self._limits = directory.limits
        self._absences = absences
        self._pending = pending
        self._rate_limits = rate_limits
        self._published = ground.published
        self._arrivals = arrivals
        self._owners = owners
        self._observe = ground.observe
        self._closed = False

    def close(self) -> None:
        """Stop telling the rooms who leaves: the server is being stopped, and all users do."""
        self._closed = True
        for account in self._accounts:
            account.stay()

    # Signing in.

    def register(self, name: str, peer: Peer) -> tuple[User, str]:
        """Sign in a new guest; return the user, and the token with which they are recognized later.

        Raises:
            ChatError: the name is not valid, taken or claimed, or guests may not sign in.
        """
        name = self.check_guest(name)
        token = new_token()
        user = User(name, self._journal.meet(name, token))
        self._users.admit(user)
        user.peers.append(peer)
        self._watchers.add(user, peer)
        self._observe([Registered(name)])
        return user, token

    def enter(self, identity: Identity, peer: Peer, away: str | None = None) -> tuple[User, str]:
        """Sign in a client with an identity; it gets no messages before it has caught up.

        A client of an account may come in with an `away` message. Returns the user, and the token with which
        they are recognized later.

        Raises:
            ChatError: the name is taken by now, or there are too many connections.
        """
        match identity:
            case Owner(account, token, issued):
                self._enter_account(account, peer, issued, away)
                return account.user, token
            case Guest():
                return self._enter_guest(identity, peer)
            case _:
                assert_never(identity)

    def enter_as_new(self, name: str, peer: Peer) -> tuple[User, str]:
        """Sign in a new person, whose client gets no messages before it has caught up."""
        token = new_token()
        return self._enter(name, self._journal.meet(name, token), peer), token

    def _enter(self, name: str, person: Person, peer: Peer) -> User:
        user = User(person.name, person, visit=self._published.new_visit())
        if self._published.several:
            self._users.check_free(name)
            user.catching_up[peer] = Backlog()
            self._arrivals.begin(user)
            return user
        self._users.add(user)
        user.catching_up[peer] = Backlog()
        self._observe([Registered(name)])
        return user

    async def arrived(self, user: User) -> None:
        """Wait until other nodes know of a user who has entered; only then the name is certainly theirs.

        Raises:
            ChatError: another user was faster, on another node, or nothing can be stored.
        """
        if await self._arrivals.end(user):
            self._observe([Registered(user.name)])

    def _enter_guest(self, guest: Guest, peer: Peer) -> tuple[User, str]:
        """Sign in a guest who was here before, or a new one where the token is not known.

        A guest who seems to be connected still takes the place of the other connection.
        """
        name, token, person = guest.name, guest.token, guest.person
        try:
            bearer = self._users.check(name)  # the name, or one like it, may have been taken meanwhile
        except NameTooSimilar:
            if person is not None:
                self._journal.part(person)
            raise
        if bearer is not None and bearer.account is None and bearer.person.token == digest(token):
            person = person or bearer.person
            self._disconnect(bearer)
        elif bearer is not None:
            if person is not None:
                self._journal.part(person)
            raise UsernameTaken(name)
        if person is None:
            self.check_guest(name)
            return self.enter_as_new(name, peer)
        return self._enter(name, person, peer), token

    def _enter_account(
        self, account: Account, peer: Peer, known_since: float | None, away: str | None
    ) -> None:
        """Add a device to an account; the first one signs its owner in.

        A device whose token was issued at `known_since` has received what was said before that.
        """
        user = account.user
        if self._users.in_use.find_reserved(user.name) == SERVER:  # claimed when older rules let it in
            raise NameTooSimilar(user.name, SERVER)
        if user.clients >= self._limits.devices:
            raise TooMany("connections under one name", self._limits.devices)
        backlog = user.catching_up[peer] = Backlog()
        was_away, account.left = account.left is not None, None
        self._owners.doubt(account)
        backlog.left = account.unheard
        backlog.known_since = known_since
        account.stay()
        for room in user.rooms:
            room.catching_up[peer] = backlog
        bearer = self._users.find(user.name)
        if bearer is not user:
            if bearer is not None:  # a guest, from before the name was claimed
                self._disconnect(bearer)
            self._users.admit(user)
            for room in user.rooms:
                self._journal.append(Joined(user, None, None, room))
        self._absences.arrived(user, peer, away)
        self._published.present(user)
        if was_away or account.unheard is not None:
            self._journal.arrive(user.person, account.unheard)
        if was_away:
            self._observe([Registered(user.name)])

    def check_guest(self, name: str) -> str:
        """Return a name that a guest may have, as it is shown.

        Raises:
            ChatError: the name is not valid, taken or claimed, or guests may not sign in.
        """
        if self._accounts.find(name) is not None:
            raise PasswordRequired(name)
        shown = self._users.check_free(name)
        if self._limits.names == "claimed":
            raise ClaimedOnly(name)
        return shown

    # While a user is here.

    def shows(self, user: User) -> None:
        """Take note of a user who only shows rooms on a screen."""
        self._published.present(user)

    def heard(self, user: User) -> None:
        """Record that a client has received all that its user has missed: the next one begins after that."""
        if user.account is not None and user.account.unheard is not None:
            user.account.unheard = None
            self._journal.arrive(user.person, None)
            self._published.present(user)

    def has_claimed(self, account: Account, left: Iterable[Room]) -> None:
        """Make the user of a new account its owner; `left` are the rooms that they were in when they left."""
        user = account.user
        bearer = self._users.find(user.name)
        if bearer is not None and bearer is not user:
            self._disconnect(bearer)  # a guest who took the name after the user had left
        if user not in self._users:  # the user has left meanwhile, as a guest does
            self._owners.be_away(account)
            for room in left:
                room.enlist(user)
        self._published.present(user)

    def release(self, account: Account) -> None:
        """Disconnect the former owner of a name. The next owner gets nothing of the former one's."""
        user = account.user
        account.stay()
        self._accounts.remove(account)  # so what is under way for the user writes no row about the name
        if user.peers or user.catching_up:
            self._journal.part(user.person)
        if user in self._users:
            self._disconnect(user, NameReleased())
        for room in list(user.rooms):  # an owner who was away is not among their members any more
            room.forsake(user)

    def join_again(self, user: User) -> None:
        """Tell the rooms that an owner is back whom another node has taken for gone."""
        for room in user.rooms:
            if user not in room.members:
                self._journal.append(Joined(user, None, None, room))
        self._published.present(user)

    # Leaving.

    def depart(self, user: User, peer: Peer, ending: Ending) -> None:
        """Remove a client; sign its user out if it was the last one. Harmless twice."""
        was_here = user.reaches(peer)
        if peer in user.peers:
            user.peers.remove(peer)
            self._watchers.remove(user)
        user.catching_up.pop(peer, None)
        for room in user.rooms:
            room.catching_up.pop(peer, None)
        if was_here:
            self._absences.left(user, peer)
        if not was_here or user not in self._users:
            return
        if user.connected:
            self._published.present(user)
            if not (user.peers or user.catching_up):
                self._disconnected(user, ending.reason)
            return
        if user.account is None:
            self._journal.part(user.person)
            self._sign_out(user, ending)
            return
        lost = ending.said is None and isinstance(ending.reason, Silent | SlowReader | None)
        self._owners.be_away(user.account, peer.unreceived_for() if lost else 0.0)
        self._journal.part(user.person, user.account.unheard)
        self._published.present(user)
        self._disconnected(user, ending.reason)
        if not self._closed:
            self._owners.leave_later(user.account, ending)

    def left_everywhere(self, user: User) -> None:
        """Tell the rooms in a moment that an owner has left whose last clients were on several nodes.

        If they leave at the same moment, each node still takes the user for connected to another one. The
        node whose entry says so last knows better.
        """
        account = user.account
        if account is None or user not in self._users or user.connected or self._closed:
            return
        if account.leaving is None:
            self._owners.leave_later(account, Ending())

    def _disconnect(self, user: User, reason: ChatError | None = None) -> None:
        """Sign a user out and disconnect all clients: another client has taken the place, or the `reason`."""
        taken_over = reason is None
        reason = reason or TakenOver()
        peers = [*user.peers, *user.catching_up]
        # First: a client that is too far behind hangs up while it is told.
        self._sign_out(user, Ending(reason), taken_over=taken_over)
        self._hang_up(user, peers, reason)

    def _hang_up(self, user: User, peers: Iterable[Peer], reason: ChatError) -> None:
        for peer in peers:
            peer.tell(Error(SERVER, user.name, reason.text, code=reason.code))
            peer.close(reason)

    def evict(self, user: User, reason: str) -> None:
        """Disconnect all clients that a user has here. The owner of an account stays a member of rooms."""
        goodbye = SentAway(reason)
        peers = [*user.peers, *user.catching_up]
        for peer in peers:
            self.depart(user, peer, Ending(goodbye))
        self._hang_up(user, peers, goodbye)

    def sign_out_lost(self, user: User) -> None:
        """Sign out a guest whose node has died."""
        self._sign_out(user, Ending())

    def drop_taken_over(self, user: User) -> None:
        """Disconnect the clients of a guest whose place a client of another node has taken."""
        peers = [*user.peers, *user.catching_up]
        user.peers.clear()
        user.catching_up.clear()
        self._watchers.remove(user)
        self._rate_limits.remember(user)
        self._pending.left(user, user.rooms)
        self._hang_up(user, peers, TakenOver())

    def _sign_out(self, user: User, ending: Ending, *, taken_over: bool = False) -> None:
        user.peers.clear()
        self._watchers.remove(user)
        user.catching_up.clear()
        user.all_present()
        self._rate_limits.remember(user)
        self._users.remove(user)
        self._pending.left(user, user.rooms)
        if not self._closed:
            departure = ending.departure(user)
            for room in user.rooms:
                self._journal.append(Left(user, None, None, room, departure=departure))
            released = isinstance(ending.reason, NameReleased)
            self._published.departed(user, taken_over=taken_over, released=released)
        for room in list(user.rooms):
            room.forsake(user)
        self._disconnected(user, ending.reason)

    def _disconnected(self, user: User, reason: ChatError | None) -> None:
        # Why all users leave a server that is being stopped was said already.
        self._observe([Disconnected(user.name, reason.code if reason and not self._closed else None)])
