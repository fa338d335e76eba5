"""Verifies credentials: passwords and tokens in, identities out.

    a guest's token      shows that it is the same person again
    an account's token   shows that it is one of the owner's devices
    a password           shows that it is the owner, and gives the device a token

None of this signs a user in: `presence.py` takes the identity.
"""

from __future__ import annotations

from contextlib import suppress

from classchat import names
from classchat.core.acts import Audited, Issued, Revoked, Secured
from classchat.core.answer_events import PasswordChanged
from classchat.core.attempts import Attempts
from classchat.core.directory import Directory
from classchat.core.identity import Guest, Identity, Owner
from classchat.core.journal_port import Journal, Waits, store_acts
from classchat.core.model import Account, User
from classchat.core.persons import Person, digest, new_token
from classchat.core.ports import Calendar, Passwords, Peer
from classchat.errors import ChatError, NotClaimed, NotSaved, PasswordRequired, WrongPassword
from classchat.messages import ChangePassword, Register


def waits(peer: Peer) -> Waits:
    """Return what says whether a client that signs in still waits for an answer."""
    return lambda: not peer.closed


class Credentials:
    """Verifies who a client is, and changes passwords."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        attempts: Attempts,
        passwords: Passwords,
        calendar: Calendar,
    ) -> None:
        self._journal = journal
        self._users = directory.users
        self._accounts = directory.accounts
        self._attempts = attempts
        self._passwords = passwords
        self._calendar = calendar

    async def identify(self, asked: Register, peer: Peer, address: str) -> Identity:
        """Return the identity that a password or a token shows.

        Raises:
            ChatError: the password is wrong, the token is not valid, or the name is needed.
        """
        if asked.token is not None:
            await self._journal.settled()  # the token may be on its way into the journal
        if asked.text:
            return await self._by_password(asked, peer, address)
        account = self._accounts.find(asked.sender)
        if account is not None:
            return await self._by_device(account, asked.token, peer)
        return await self._by_guest_token(asked.sender, asked.token or "", peer)

    async def _by_device(self, account: Account, token: str | None, peer: Peer) -> Owner:
        person = account.user.person
        issued = None if token is None else await self._journal.issued(person, token, waits(peer))
        if token is None or issued is None or account.user.account is not account:
            raise PasswordRequired(account.name)
        return Owner(account, token, issued / 1000)

    async def _by_guest_token(self, name: str, token: str, peer: Peer) -> Guest:
        name = self._users.shown(name)
        renamed = self._users.by_former_name(name, digest(token))
        if renamed is not None:  # whose client has not learned the new name before its connection was lost
            return Guest(renamed.name, token, None)
        bearer = self._users.check(name)
        if bearer is not None and bearer.person.token == digest(token):
            return Guest(name, token, None)
        person = await self._journal.recognize(name, token, waits(peer))
        if person is None or person.key == names.user_key(name):
            return Guest(name, token, person)
        if self._is_free(person.name):
            return Guest(person.name, token, person)
        self._journal.part(person)  # a new person gets the name that is asked for
        return Guest(name, token, None)

    def _is_free(self, name: str) -> bool:
        """Return whether a guest who comes back may have a name."""
        try:
            return self._accounts.find(name) is None and self._users.check(name) is None
        except ChatError:
            return False

    async def owner(self, asked: Register, peer: Peer, address: str) -> Owner:
        """Return the owner of an account by its password, for a device that keeps no token.

        Raises:
            ChatError: it is wrong, or too many others wait for the same.
        """
        key = self._key_of(asked)
        secured = await self._verify(key, asked.text, peer, address)
        owner = Owner(await self._account_of(secured), "", password=secured.password)
        await self.check(owner)
        return owner

    async def _by_password(self, asked: Register, peer: Peer, address: str) -> Owner:
        key = self._key_of(asked)
        secured = await self._verify(key, asked.text, peer, address)
        account = await self._account_of(secured)
        token = new_token()
        with suppress(NotSaved):  # then the device needs the password again the next time
            issued = Issued(account.user.person.number, digest(token), secured.password)
            if not await store_acts(self._journal, account.user, issued):
                raise WrongPassword  # it was changed meanwhile; the client does not get the token
        owner = Owner(account, token, password=secured.password)
        await self.check(owner)
        return owner

    def _key_of(self, asked: Register) -> str:
        return names.user_key(asked.sender) if self._users.may_have_been(asked.sender) else ""

    async def check(self, owner: Owner) -> None:
        """Check that the password is still the one that an owner has given.

        Raises:
            WrongPassword: it was changed meanwhile, or the name was released.
        """
        account = owner.account
        latest = await self._journal.secured(account.key)
        if latest is None or latest.person != account.user.person.number or latest.password != owner.password:
            raise WrongPassword
        if account.user.account is not account:
            raise WrongPassword

    async def _verify(self, key: str, password: str, peer: Peer, address: str) -> Secured:
        """Return the owner of a name, by its key, if the password is right.

        Raises:
            WrongPassword: it is wrong, or the name has no owner. That takes the same time.
            Busy: too many others wait for the same.
        """
        async with self._attempts.one(key, address, peer) as attempt:
            secured = await self._journal.secured(key, waits(peer))
            right = await self._passwords.verify(secured.password if secured else None, password)
            if secured is None or not right:
                raise WrongPassword
            attempt.right = True
            return secured

    async def account_of(self, name: str, password: str, peer: Peer, address: str) -> Account:
        """Return the account of a name whose password is given. No device gets a token for that.

        Raises:
            ChatError: the password is wrong, or too many others wait for the same.
        """
        key = names.user_key(name) if self._users.may_have_been(name) else ""
        return await self._account_of(await self._verify(key, password, peer, address))

    async def _account_of(self, secured: Secured) -> Account:
        """Return the account of a person who has shown that they own a name."""
        account = self._accounts.by_key(secured.key)
        if account is None or account.user.person.number != secured.person:
            await self._journal.look_again()  # another program has claimed it, or released it
            account = self._accounts.by_key(secured.key)
        if account is not None and account.user.person.number != secured.person:
            raise WrongPassword  # and again since then
        person = Person(secured.name, secured.key, b"", secured.person)
        return account or self._accounts.add(person, self._calendar.seconds())

    async def change_password(
        self, user: User, peer: Peer, token: str, asked: ChangePassword, address: str
    ) -> PasswordChanged:
        """Change the password of a user's account; all devices but this one need it to come back.

        Raises:
            ChatError: the current password is wrong, or the new one can't be one.
        """
        if user.account is None:
            raise NotClaimed(user.name)
        key, number = user.person.key, user.person.number
        secured = await self._verify(key, asked.current, peer, address)
        self._attempts.count_change(key)
        password = await self._passwords.hash(asked.text)
        if not await store_acts(
            self._journal,
            user,
            Secured(key, user.name, number, password, secured.password),
            Revoked(number, digest(token)),
            Audited(user.name, "password"),
        ):
            raise WrongPassword  # it was changed meanwhile, or the name was released
        return PasswordChanged(user.name, asked.id)
