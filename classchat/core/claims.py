"""Claims: a user makes their name an account, with a password.

A claim is stored in one transaction, which fails if the name has an owner by then. Until it is stored the
name can't be claimed again; the user may leave meanwhile, and then is the owner of an account who is away.
"""

from __future__ import annotations

from classchat import names
from classchat.core.accounts import membership
from classchat.core.acts import Audited, Change, Gone, Issued, PersonRecord, Secured
from classchat.core.answer_events import NameClaimed
from classchat.core.attempts import Attempts
from classchat.core.departures import Ending
from classchat.core.directory import Directory
from classchat.core.entries import Noted
from classchat.core.events import AccountClaimed
from classchat.core.guest_rights import restrictions_of_guest, roles_of_guest
from classchat.core.identity import Owner
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import User
from classchat.core.pending_claims import PendingClaims
from classchat.core.persons import digest, new_token
from classchat.core.ports import Passwords, Peer
from classchat.core.presence import Presence
from classchat.errors import (
    AlreadyClaimed,
    ChatError,
    ClaimsClosed,
    NameTooSimilar,
    NotAllowed,
    NotRegistered,
    NotSaved,
    TooMany,
    UsernameTaken,
    WrongJoinCode,
)
from classchat.messages import Claim
from classchat.rosters.join_codes import code_digest


class Claims:
    """Makes names accounts."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        presence: Presence,
        pending: PendingClaims,
        attempts: Attempts,
        passwords: Passwords,
    ) -> None:
        self._journal = journal
        self._directory = directory
        self._users = directory.users
        self._accounts = directory.accounts
        self._limits = directory.limits
        self._presence = presence
        self._pending = pending
        self._attempts = attempts
        self._passwords = passwords

    async def sign_up(self, asked: Claim, peer: Peer, address: str) -> tuple[User, str]:
        """Claim a name that is free, and sign in with it; return the user and a token of the account.

        The client gets no messages before it has caught up.

        Raises:
            ChatError: the name can't be claimed.
        """
        name, password, code = await self._secure(asked, peer, address)
        user, token = self._presence.enter_as_new(name, peer)
        await self._presence.arrived(user)
        try:
            await self._store(user, token, password, code)
        except ChatError:
            self._presence.depart(user, peer, Ending())
            raise
        return user, token

    async def found(self, asked: Claim, peer: Peer, address: str) -> Owner:
        """Claim a name that is free, without signing in; return the identity of its owner.

        Raises:
            ChatError: the name can't be claimed.
        """
        name, password, code = await self._secure(asked, peer, address)
        token = new_token()
        user = User(name, self._journal.meet(name, token))
        self._users.reserve(name, user)  # nobody else may sign in with it, or take it, meanwhile
        try:
            await self._store(user, token, password, code)
        finally:
            self._users.release(name)
        assert user.account is not None  # noqa: S101  # it was just stored
        self._journal.part(user.person, user.account.unheard)
        return Owner(user.account, token, password=password)

    async def _secure(self, asked: Claim, peer: Peer, address: str) -> tuple[str, str, bytes | None]:
        """Return a name that is free, as it is shown, the hash of its password, and a join code's digest.

        Raises:
            ChatError: the name can't be claimed.
        """
        name = self._users.shown(asked.sender)
        if self._accounts.find(name) is not None:
            raise AlreadyClaimed(name)
        if self._users.check(name) is not None:
            raise UsernameTaken(name)
        code = await self._check_right(asked, names.user_key(name), peer, address)
        password = await self._passwords.hash(asked.text)
        if self._accounts.find(name) is not None or self._users.check(name) is not None:
            raise UsernameTaken(name)  # another client was faster
        return name, password, code

    async def claim(self, user: User, peer: Peer, token: str, asked: Claim, address: str) -> NameClaimed:
        """Claim the name of a user who is signed in.

        Raises:
            ChatError: the name can't be claimed.
        """
        while user in self._users.renaming.values():
            await self._journal.settled()
        self._check_unclaimed(user)
        name = user.name
        like = self._users.in_use.find(user.name)
        if like is not None:
            raise NameTooSimilar(user.name, like)  # that one was claimed by another program
        code = await self._check_right(asked, user.person.key, peer, address)
        password = await self._passwords.hash(asked.text)
        if user not in self._users:  # the user has left, and the name may be another user's by now
            raise NotRegistered
        if user.name != name or user in self._users.renaming.values():
            raise NotSaved  # what was checked is true of the former name
        await self._store(user, token, password, code)
        return NameClaimed(user.name, asked.id)

    async def _store(self, user: User, token: str, password: str, code: bytes | None) -> None:
        """Store a claim, with all that was decided about the guest; then the user has an account.

        Raises:
            AlreadyClaimed: the name has an owner by now.
            WrongJoinCode: the join code was used meanwhile.
            UsernameTaken: the name is proposed to another student.
            NotSaved: it can't be stored.
        """
        self._check_unclaimed(user)
        person, name = user.person, user.name
        rooms = list(user.rooms)
        self._pending.begin(user)
        self._users.in_use.add(name)  # also if the user leaves meanwhile
        try:
            stored = await store_acts(
                self._journal,
                user,
                PersonRecord(person.number, person.name, person.key, person.token),
                Secured(person.key, person.name, person.number, password, code=code),
                Issued(person.number, digest(token)),
                *roles_of_guest(user, self._directory),
                *restrictions_of_guest(person, self._directory),
                *(Change(room.key, person.key, "member", "") for room in rooms),
                *((Gone(person.number, user.visit),) if user.visit else ()),
                Audited(user.name, "claim", detail="" if code is None else "join code"),
            )
            if not stored:
                raise await self._refusal(user, code)
            account = self._accounts.add(person, None, user)
        finally:
            left = self._pending.end(user)
            self._users.in_use.remove(name)
        self._presence.has_claimed(account, left)
        for room in user.rooms.symmetric_difference(rooms):  # those joined or left as a guest meanwhile
            acts = membership(user, room, present=room in user.rooms)
            self._journal.append(Noted(user, None, None, acts))
        self._directory.watchers.tell(user, AccountClaimed(user.name))

    def _check_unclaimed(self, user: User) -> None:
        """Check that no claim of the user's name is stored, or about to be, and that it is only their own."""
        if user.empowered_by is not None:
            raise NotAllowed("you act as an operator. Connect again to register your name")
        if user.person.key in self._pending or self._accounts.by_key(user.person.key) is not None:
            raise AlreadyClaimed(user.name)

    async def _refusal(self, user: User, code: bytes | None) -> ChatError:
        """Return why a claim was not stored."""
        await self._journal.look_again()
        if code is None or await self._journal.secured(user.person.key) is not None:
            return AlreadyClaimed(user.name)
        return WrongJoinCode() if await self._journal.invited(code) is None else UsernameTaken(user.name)

    async def _check_right(self, asked: Claim, key: str, peer: Peer, address: str) -> bytes | None:
        """Check that a client may register a name, by its key; return the digest of a student's join code.

        A whole class registers from one address, so a valid code does not count towards the names that one
        address may register. A wrong one counts like a wrong password.

        Raises:
            ChatError: it may not, or the code is wrong.
        """
        if asked.code is None and self._limits.claims == "closed":
            raise ClaimsClosed
        if key in self._limits.operators:
            raise NotAllowed(
                "an operator's name can only be registered on the server itself, with 'classchat admin claim'"
            )
        if len(self._accounts) >= self._limits.accounts:
            raise TooMany("registered names on this server", self._limits.accounts)
        if asked.code is None:
            self._attempts.count_claim(address)
            return None
        code = code_digest(asked.code)
        async with self._attempts.one("", address, peer) as attempt:
            if code is None or await self._journal.invited(code) is None:
                raise WrongJoinCode
            attempt.right = True
        return code
