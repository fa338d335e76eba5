"""What IRC clients say about their users, and which users were here before: WHO, WHOIS and WHOWAS show it.

It is kept in memory only, for as long as a user is signed in. Users of other clients have the usual profile.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from classchat import names
from classchat.core.model import User
from classchat.core.users import UserRegistry

USERNAME = "~user"
"""The username of all whose client has not given one."""

LONGEST_USERNAME = 10
"""Characters of a username with its `~`, as ISUPPORT's USERLEN says."""

LONGEST_REALNAME = 128

_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)
"""What is left out of a username: it stands within masks."""

_MOST_DEPARTED = 1_000
"""Users whom WHOWAS remembers."""


@dataclass(eq=False, slots=True)
class Profile:
    """What is known of one user besides the chat's own state."""

    username: str = USERNAME
    realname: str = ""
    since: float | None = None
    """When the user's first IRC client has signed in, in seconds since 1970; None where there is none."""

    active: float | None = None
    """When the user has last said something through IRC, in seconds since 1970; None if unknown."""

    secure: bool = False
    """Whether all IRC clients of the user are encrypted."""

    bot: bool = False
    invisible: bool = False
    """Whether WHO with a mask shows the user only to members of the same rooms."""

    wallops: bool | None = None
    """Whether what operators tell everybody comes as WALLOPS; as NOTICE by default, not at all if False."""


@dataclass(frozen=True, slots=True)
class Departed:
    """A user who was here."""

    key: str
    """The name as names are compared."""

    name: str
    username: str
    realname: str
    left: float
    """When, in seconds since 1970."""


class Profiles:
    """The profiles of all users who are signed in, and the last of those who were."""

    def __init__(self, users: UserRegistry, now: Callable[[], float]) -> None:
        """Watch a registry of users; take times of day from `now`."""
        users.onlookers.append(self)
        self.now = now
        self._users = users
        self._profiles: dict[User, Profile] = {}
        self._bots: set[str] = set()
        self._bot_accounts: set[str] = set()  # the keys of those that have been bots
        self._departed: deque[Departed] = deque(maxlen=_MOST_DEPARTED)
        self.most = len(users)
        """The highest number of users that were signed in at one time."""

    def of(self, user: User) -> Profile:
        """Return the profile of a user; one without an IRC client has the usual one."""
        return self._profiles.get(user) or Profile(realname=user.name)

    def own(self, user: User) -> Profile:
        """Return the profile of a user to change it."""
        profile = self._profiles.get(user)
        if profile is None:
            profile = self._profiles[user] = Profile(realname=user.name)
        return profile

    def idle(self, user: User) -> int:
        """Return for how many seconds a user has said nothing through IRC; 0 where that is not known."""
        active = self.of(user).active
        return 0 if active is None else max(int(self.now() - active), 0)

    def reads_wallops(self, user: User) -> bool:
        """Return whether a user reads an operator's message to all users as a WALLOPS."""
        wallops = self.of(user).wallops
        return user.operator if wallops is None else wallops

    @property
    def bots(self) -> Set[str]:
        """The names of all users whose clients are bots: it changes as they do."""
        return self._bots

    def add(self, user: User, username: str, realname: str, *, secure: bool) -> Profile:
        """Record what a client said when it signed in; return its user's profile."""
        profile = self.own(user)
        shown = _UNUSUAL.sub("", username)
        profile.username = f"~{shown}"[:LONGEST_USERNAME] if shown else USERNAME
        profile.realname = realname[:LONGEST_REALNAME] or user.name
        profile.secure = secure and (profile.since is None or profile.secure)
        profile.active = self.now()
        if profile.since is None:
            profile.since = profile.active
        return profile

    def mark_bot(self, user: User, bot: bool) -> None:
        """Record whether a user is a bot."""
        self.own(user).bot = bot
        key = user.person.key
        if bot:
            self._bots.add(user.name)
            if user.account is not None:
                self._bot_accounts.add(key)
        else:
            self._bots.discard(user.name)
            self._bot_accounts.discard(key)

    def may_be_bot(self, user: User) -> bool:
        """Return whether a user is a bot, or has an account that was one when its owner was here last.

        A client can say only after it has signed in that it is a bot.
        """
        return user.name in self._bots or user.person.key in self._bot_accounts

    @property
    def invisible(self) -> int:
        """The number of users who are invisible."""
        return sum(profile.invisible for profile in self._profiles.values())

    # What the registry of users tells.

    def arrived(self, user: User) -> None:  # noqa: ARG002  as all onlookers
        """Record that one more user is signed in."""
        self.most = max(self.most, len(self._users))

    def renamed(self, user: User, old: str) -> None:
        """Record that a user has another name: `old` was theirs."""
        profile = self.of(user)
        if profile.bot:
            self._bots.discard(old)
            self._bots.add(user.name)
        self._remember(old, profile)

    def left(self, user: User) -> None:
        """Record that a user is no longer signed in."""
        profile = self._profiles.pop(user, None) or Profile(realname=user.name)
        self._bots.discard(user.name)
        self._remember(user.name, profile)

    def _remember(self, name: str, profile: Profile) -> None:
        key = names.user_key(name)
        self._departed.appendleft(Departed(key, name, profile.username, profile.realname, self.now()))

    def were(self, key: str) -> Iterator[Departed]:
        """Yield the users who had the name with this key, latest first."""
        return (one for one in self._departed if one.key == key)
