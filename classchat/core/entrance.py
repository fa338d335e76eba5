"""Who comes in, under which name, and who goes.

    a guest      signs in with a name that is nobody's; when his connection ends, he and the name are gone
    comes back   with his token, and is the same person, who hears what he missed
    an account   is a claimed name: it takes a password, or a token, from as many devices as one likes

Who has an account stays in his rooms when his last connection ends. They are told that he has left if he is
not back in a moment, and when he is back he hears what he missed.
"""

from __future__ import annotations

from contextlib import suppress

from classchat import names
from classchat.core import permissions
from classchat.core.accounts import AccountRegistry, membership, subject_of
from classchat.core.acts import Act, Audited, Change, Issued, PersonRecord, Revoked, Secured
from classchat.core.attempts import Attempts
from classchat.core.backlog import Backlog
from classchat.core.entries import Joined, Left, Noted
from classchat.core.journal_port import Journal
from classchat.core.model import Account, Room, User
from classchat.core.notices import Disconnected, Observe, Registered
from classchat.core.paces import Paces
from classchat.core.persons import Person, digest, new_token
from classchat.core.ports import Calendar, Clock, Passwords, Peer
from classchat.core.rooms import RoomRegistry
from classchat.core.stored import Restored
from classchat.core.stored import StoredAccount as AccountRow
from classchat.core.users import UserRegistry
from classchat.errors import (
    AlreadyClaimed,
    ChatError,
    ClaimedOnly,
    ClaimsClosed,
    NameReleased,
    NameTooSimilar,
    NotAllowed,
    NotClaimed,
    NotRegistered,
    NotSaved,
    PasswordRequired,
    TakenOver,
    TooMany,
    UsernameTaken,
    WrongPassword,
)
from classchat.limits import Limits
from classchat.messages import ChangePassword, Claim, Error, Register, Success
from classchat.names import SERVER


class Entrance:
    """Signs users in and out."""

    def __init__(
        self,
        journal: Journal,
        users: UserRegistry,
        rooms: RoomRegistry,
        paces: Paces,
        observe: Observe,
        limits: Limits,
        clock: Clock,
        passwords: Passwords,
        calendar: Calendar,
    ) -> None:
        self.accounts = AccountRegistry(limits.user_name)
        self._journal = journal
        self._users = users
        self._rooms = rooms
        self._paces = paces
        self._observe = observe
        self._limits = limits
        self._clock = clock
        self._calendar = calendar
        self._passwords = passwords
        self._attempts = Attempts(clock, limits)
        self._claiming: set[str] = set()  # the keys of names, while the claim is on its way into the journal
        self._claimers: dict[User, list[Room]] = {}  # the rooms that these were in when they left meanwhile
        self._closed = False
        for key in limits.operators:
            users.in_use.add(key)  # before it is claimed, too: a look-alike would prevent that

    def restore(self, restored: Restored) -> None:
        """Know again whose names are claimed, and which rooms they are in."""
        for row in restored.accounts:
            self.know(row).user.operator = self.is_operator(row)
        for change in restored.changes:
            account = self.accounts.by_key(change.subject)
            room = self._rooms.by_key(change.room)
            if change.what == "member" and account is not None and room is not None:
                self._restore_member(account.user, room)

    def _restore_member(self, user: User, room: Room) -> None:
        """Restore a membership; delete one that the room's order forbids, as earlier versions left some."""
        now = self._calendar.seconds() * 1000
        if room.order.closed or permissions.refusal_to_stay(user, room, now) is not None:
            self._journal.append(Noted(user, None, None, membership(user, room, present=False)))
        else:
            room.enlist(user)

    def know(self, row: AccountRow) -> Account:
        """Add the account of somebody who is not here, as the journal has it."""
        left = self._calendar.seconds() if row.ended is None else row.ended / 1000
        account = self._account(Person(row.name, row.key, b"", row.person), left)
        if row.unheard is not None:
            account.unheard = min(row.unheard / 1000, left)
        return account

    def is_operator(self, row: AccountRow) -> bool:
        """Return whether the owner of a name is an operator of the server."""
        return row.operator or row.key in self._limits.operators

    def release(self, account: Account) -> None:
        """Sign out whoever had a name that is not theirs any more; nothing in memory is the next owner's."""
        user = account.user
        _cancel_leaving(account)
        self.accounts.remove(account)
        self._users.in_use.remove(user.name)
        user.account, user.operator = None, False  # what is under way for them writes no row about the name
        if user.peers or user.catching_up:
            self._journal.part(user.person)
        if user in self._users:
            self._turn_out(user, NameReleased())
        for room in list(user.rooms):  # who was away is not among their members any more
            room.forsake(user)

    def outdated(self) -> list[str]:
        """Return the claimed names that nobody could claim now, by rules that are stricter than they were."""
        return [account.name for account in self.accounts if not self._users.may_be(account.name)]

    def close(self) -> None:
        """Tell no room any more who leaves: everybody does."""
        self._closed = True
        for account in self.accounts:
            _cancel_leaving(account)

    def stop(self) -> None:
        """Let nobody in any more. Harmless twice."""
        self._passwords.stop()

    # Coming in.

    def register(self, name: str, peer: Peer) -> tuple[User, str]:
        """Sign in a guest; return also the token that shows, later, that it is the same person.

        Raises:
            ChatError: the name is no name, is taken or claimed, or guests don't come in.
        """
        name = self._check_guest(name)
        token = new_token()
        user = self._users.add(User(name, self._journal.meet(name, token)))
        user.peers.append(peer)
        self._observe([Registered(name)])
        return user, token

    async def identify(self, asked: Register, peer: Peer, address: str) -> tuple[User, str]:
        """Sign in somebody with a token or a password; he hears nothing before `CatchUp.sign_in`.

        Returns also the token that shows, later, that it is the same person.

        Raises:
            ChatError: it is not shown who he is, or he may not come in.
        """
        name = asked.sender
        if asked.token is not None:
            await self._journal.settled()  # his token may be on its way into the journal
        if asked.text:
            return await self._with_password(asked, peer, address)
        account = self.accounts.find(name)
        if account is not None:
            token = asked.token
            issued = None if token is None else await self._journal.issued(account.user.person, token)
            if token is None or issued is None or account.user.account is not account:
                raise PasswordRequired(account.name)
            self._arrive(account, peer, issued / 1000)
            return account.user, token
        return await self._recognize(name, asked.token or "", peer)

    async def claim_and_enter(self, asked: Claim, peer: Peer, address: str) -> tuple[User, str]:
        """Claim a name that is nobody's, and sign in with it; he hears nothing before `CatchUp.sign_in`."""
        name = self._users.shown(asked.sender)
        if self.accounts.find(name) is not None:
            raise AlreadyClaimed(name)
        if self._users.check(name) is not None:
            raise UsernameTaken(name)
        self._check_claims(names.user_key(name), address)
        password = await self._passwords.hash(asked.text)
        if self.accounts.find(name) is not None or self._users.check(name) is not None:
            raise UsernameTaken(name)  # somebody was faster
        token = new_token()
        user = self._users.add(User(name, self._journal.meet(name, token)))
        user.catching_up[peer] = Backlog()
        self._observe([Registered(name)])
        try:
            await self._secure(user, token, password)
        except ChatError:
            self.depart(user, peer)
            raise
        return user, token

    async def _recognize(self, name: str, token: str, peer: Peer) -> tuple[User, str]:
        """Sign in somebody who was here before, if the token shows it, or as somebody new.

        Where he seems to be still here, he takes his name over.
        """
        name = self._users.shown(name)
        person = None
        if self._users.check(name) is None:
            person = await self._journal.recognize(name, token)
        try:
            bearer = self._users.check(name)  # perhaps somebody has taken it meanwhile, or one like it
        except NameTooSimilar:
            if person is not None:
                self._journal.part(person)
            raise
        if bearer is not None and bearer.account is None and bearer.person.token == digest(token):
            person = bearer.person
            self._turn_out(bearer)
        elif bearer is not None:
            if person is not None:
                self._journal.part(person)
            raise UsernameTaken(name)
        if person is None:
            self._check_guest(name)
            token = new_token()
            person = self._journal.meet(name, token)
        user = self._users.add(User(person.name, person))
        user.catching_up[peer] = Backlog()
        self._observe([Registered(name)])
        return user, token

    async def _with_password(self, asked: Register, peer: Peer, address: str) -> tuple[User, str]:
        key = names.user_key(asked.sender) if self._users.may_have_been(asked.sender) else ""
        async with self._attempts.one(key, address, peer) as attempt:
            secured = await self._journal.secured(key)
            right = await self._passwords.verify(secured.password if secured else None, asked.text)
            if secured is None or not right:
                raise WrongPassword
            attempt.right = True
        account = await self._account_of(secured)
        token = new_token()
        with suppress(NotSaved):  # then he has to type it again the next time
            issued = Issued(account.user.person.number, digest(token), secured.password)
            if not await self._note(account.user, issued):
                raise WrongPassword  # it was changed while it was looked at; nobody hears of the token
        latest = await self._journal.secured(key)
        if latest is None or latest.password != secured.password or account.user.account is not account:
            raise WrongPassword
        self._arrive(account, peer)
        return account.user, token

    async def _account_of(self, secured: Secured) -> Account:
        """Return the account of somebody who has shown that a name is theirs."""
        account = self.accounts.by_key(secured.key)
        if account is None or account.user.person.number != secured.person:
            await self._journal.look_again()  # it was claimed, or released, by another program
            account = self.accounts.by_key(secured.key)
        if account is not None and account.user.person.number != secured.person:
            raise WrongPassword  # and again since then
        return account or self._account(
            Person(secured.name, secured.key, b"", secured.person), self._calendar.seconds()
        )

    def _arrive(self, account: Account, peer: Peer, known_since: float | None = None) -> None:
        """Let an account have one device more, and, if it is the first one, be there.

        A device whose token shows `known_since` when it is one has heard what was said up to then.
        """
        user = account.user
        if self._users.in_use.find_reserved(user.name) == SERVER:  # claimed when older rules let it in
            raise NameTooSimilar(user.name, SERVER)
        if len(user.peers) + len(user.catching_up) >= self._limits.devices:
            raise TooMany("connections under one name", self._limits.devices)
        backlog = user.catching_up[peer] = Backlog()
        was_away, account.left = account.left is not None, None
        backlog.left = account.unheard
        backlog.known_since = known_since
        _cancel_leaving(account)
        for room in user.rooms:
            room.catching_up[peer] = backlog
        bearer = self._users.find(user.name)
        if bearer is not user:
            if bearer is not None:  # a guest, from before the name was claimed
                self._turn_out(bearer)
            self._users.admit(user)
            for room in user.rooms:
                self._journal.append(Joined(user, None, None, room))
        if was_away:
            self._journal.arrive(user.person, account.unheard)
            self._observe([Registered(user.name)])

    def heard(self, user: User) -> None:
        """Record that a client has heard all that its user has missed: the next one begins after that."""
        if user.account is not None and user.account.unheard is not None:
            user.account.unheard = None
            self._journal.arrive(user.person, None)

    # Going.

    def depart(self, user: User, peer: Peer, reason: ChatError | None = None) -> None:
        """Let a client hear nothing more; sign its user out if it was his last one. Harmless twice."""
        was_here = user.reaches(peer)
        if peer in user.peers:
            user.peers.remove(peer)
        user.catching_up.pop(peer, None)
        for room in user.rooms:
            room.catching_up.pop(peer, None)
        if not was_here or user.peers or user.catching_up or user not in self._users:
            return
        if user.account is None:
            self._journal.part(user.person)
            self._sign_out(user, reason)
            return
        self._is_away(user.account)
        self._journal.part(user.person, user.account.unheard)
        self._disconnected(user, reason)
        if not self._closed:
            user.account.leaving = self._clock.callLater(self._limits.absence, self._leave, user.account)

    def _is_away(self, account: Account) -> None:
        account.left = self._calendar.seconds()
        if account.unheard is None:  # else the last client has gone before it had heard what was missed
            account.unheard = account.left

    def _leave(self, account: Account) -> None:
        """Tell the rooms of an account that it is away; it stays in them."""
        account.leaving = None
        user = account.user
        self._users.remove(user)
        for room in user.rooms:
            self._journal.append(Left(user, None, None, room))

    def _turn_out(self, user: User, reason: ChatError | None = None) -> None:
        """Hang up on a user's connections: their place is taken, or for another reason."""
        reason = reason or TakenOver()
        peers = [*user.peers, *user.catching_up]
        self._sign_out(user, reason)  # first: who is too far behind hangs up while he is told
        for peer in peers:
            peer.tell(Error(SERVER, user.name, reason.text, code=reason.code))
            peer.close()

    def _sign_out(self, user: User, reason: ChatError | None) -> None:
        user.peers.clear()
        user.catching_up.clear()
        self._paces.remember(user)
        self._users.remove(user)
        if user in self._claimers:
            self._claimers[user] = list(user.rooms)
        if not self._closed:
            for room in user.rooms:
                self._journal.append(Left(user, None, None, room))
        for room in list(user.rooms):
            room.forsake(user)
        self._disconnected(user, reason)

    def _disconnected(self, user: User, reason: ChatError | None) -> None:
        # Why everybody leaves a server that is being stopped was said already.
        self._observe([Disconnected(user.name, reason.code if reason and not self._closed else None)])

    # Claiming.

    async def claim(self, user: User, token: str, asked: Claim, address: str) -> Success:
        """Let the name that somebody has be his from now on."""
        self._check_unclaimed(user)
        like = self._users.in_use.find(user.name)
        if like is not None:
            raise NameTooSimilar(user.name, like)  # that one was claimed by another program
        self._check_claims(user.person.key, address)
        password = await self._passwords.hash(asked.text)
        if user not in self._users:  # he has gone, and somebody else may have the name by now
            raise NotRegistered
        await self._secure(user, token, password)
        text = f"The name '{user.name}' is now registered. From now on, sign in with your password"
        return Success(SERVER, user.name, text, id=asked.id)

    async def _secure(self, user: User, token: str, password: str) -> None:
        self._check_unclaimed(user)
        person = user.person
        rooms = list(user.rooms)
        self._claiming.add(person.key)
        self._claimers[user] = []
        self._users.in_use.add(user.name)  # also if he goes meanwhile
        try:
            kept = await self._note(
                user,
                PersonRecord(person.number, person.name, person.key, person.token),
                Secured(person.key, person.name, person.number, password),
                Issued(person.number, digest(token)),
                *self._roles_of_guest(user),
                *(Change(room.key, person.key, "member", "") for room in rooms),
                Audited(user.name, "claim"),
            )
            if not kept:
                await self._journal.look_again()
                raise AlreadyClaimed(user.name)
            account = self._account(person, None, user)
        finally:
            self._claiming.remove(person.key)
            self._users.in_use.remove(user.name)
            left = self._claimers.pop(user)
        bearer = self._users.find(user.name)
        if bearer is not None and bearer is not user:
            self._turn_out(bearer)  # he came when the other one had gone, and it was not his yet
        if user not in self._users:  # he has gone meanwhile, as a guest does
            self._is_away(account)
            for room in left:
                room.enlist(user)

    def _roles_of_guest(self, user: User) -> list[Act]:
        """Return what makes everything that was decided about a guest be about the claimed name.

        Of rooms that are more than one name may keep, nobody is the moderator any more.
        """
        guest, changes = subject_of(user), list[Act]()
        kept = self._limits.kept_rooms_of_user
        for room in sorted(self._rooms.concerning(guest), key=lambda room: room not in user.rooms):
            if guest in room.order.moderators:
                kept -= 1
            for what, rows in (("moderator", room.order.moderators), ("invited", room.order.invited)):
                if guest in rows:
                    changes.append(Change(room.key, guest, what, None))  # type: ignore[arg-type]
                    if what == "moderator" and kept < 0:
                        continue
                    changes.append(Change(room.key, user.person.key, what, user.name))  # type: ignore[arg-type]
        return changes

    async def change_password(
        self, user: User, peer: Peer, token: str, asked: ChangePassword, address: str
    ) -> Success:
        """Let a claimed name take another password; who is signed in stays, but has to know it to come back.

        Raises:
            ChatError: the present one is wrong, or the new one can't be one.
        """
        if user.account is None:
            raise NotClaimed(user.name)
        key, number = user.person.key, user.person.number
        async with self._attempts.one(key, address, peer) as attempt:
            secured = await self._journal.secured(key)
            right = await self._passwords.verify(secured.password if secured else None, asked.current)
            if secured is None or not right:
                raise WrongPassword
            attempt.right = True
        self._attempts.count_change(key)
        password = await self._passwords.hash(asked.text)
        if not await self._note(
            user,
            Secured(key, user.name, number, password, secured.password),
            Revoked(number, digest(token)),
            Audited(user.name, "password"),
        ):
            raise WrongPassword  # another one was set meanwhile, or the name released
        return Success(SERVER, user.name, "Your password has been changed", id=asked.id)

    async def _note(self, user: User, *acts: Act) -> bool:
        """Wait until acts are kept; return whether none of them failed.

        Raises:
            NotSaved: they can't be.
        """
        entry = Noted(user, None, None, acts)
        self._journal.append(entry)
        await self._journal.settled()
        if entry.lost:
            raise NotSaved
        return not entry.refused

    def _account(self, person: Person, left: float | None, user: User | None = None) -> Account:
        user = user or User(person.name, person)
        user.account = Account(user, left, left)
        self.accounts.add(user.account)
        self._users.in_use.add(user.name)  # also while he is away
        return user.account

    # Checks.

    def _check_unclaimed(self, user: User) -> None:
        """See that nobody's claim to a name is kept, or on its way."""
        if user.person.key in self._claiming or self.accounts.by_key(user.person.key) is not None:
            raise AlreadyClaimed(user.name)

    def _check_guest(self, name: str) -> str:
        """Return the name of somebody who may come in, as it is shown."""
        if self.accounts.find(name) is not None:
            raise PasswordRequired(name)
        if self._users.check(name) is not None:
            raise UsernameTaken(name)
        if self._limits.names == "claimed":
            raise ClaimedOnly(name)
        return self._users.shown(name)

    def _check_claims(self, key: str, address: str) -> None:
        if self._limits.claims == "closed":
            raise ClaimsClosed
        if key in self._limits.operators:
            raise NotAllowed(
                "an operator's name can only be registered on the server itself, with 'classchat admin claim'"
            )
        if len(self.accounts) >= self._limits.accounts:
            raise TooMany("registered names on this server", self._limits.accounts)
        self._attempts.count_claim(address)


def _cancel_leaving(account: Account) -> None:
    leaving, account.leaving = account.leaving, None
    if leaving is not None:
        leaving.cancel()
