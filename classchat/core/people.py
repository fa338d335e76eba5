"""The users: their identities, presence and names."""

from __future__ import annotations

from typing import assert_never

from classchat.core.absences import Absences
from classchat.core.absent_owners import AbsentOwners
from classchat.core.answer_events import AwayChanged
from classchat.core.arrivals import Arrivals
from classchat.core.attempts import Attempts
from classchat.core.catch_up import CatchUp
from classchat.core.claims import Claims
from classchat.core.credentials import Credentials
from classchat.core.device import Device, Granted
from classchat.core.empowering import Empowering
from classchat.core.features.moderation import Moderation
from classchat.core.ground import Ground
from classchat.core.model import User
from classchat.core.pending_claims import PendingClaims
from classchat.core.ports import Passwords, Peer
from classchat.core.presence import Presence
from classchat.core.rate_limits import RateLimits
from classchat.core.renames import Renames
from classchat.core.sign_ins import SignIns
from classchat.errors import TooLong
from classchat.messages import Away, Back, ChangePassword, Claim, Rename
from classchat.texts import harmless

PersonalRequest = Claim | ChangePassword | Rename | Away | Back
"""The requests of a user that are about this user."""


class People:
    """The parts of the chat that sign users in and out, and keep their accounts."""

    def __init__(
        self, ground: Ground, moderation: Moderation, catch_up: CatchUp, passwords: Passwords
    ) -> None:
        journal, directory, published = ground.journal, ground.directory, ground.published
        clock, calendar, limits = ground.clock, ground.calendar, ground.directory.limits
        pending, attempts = PendingClaims(), Attempts(clock, limits)
        self._limits = limits
        self.rate_limits = RateLimits(limits, clock)
        self.absences = Absences(directory.watchers, published)
        self.owners = AbsentOwners(journal, directory, published, clock, calendar)
        arrivals = Arrivals(journal, directory, published)
        self.presence = Presence(ground, self.absences, pending, self.rate_limits, arrivals, self.owners)
        self._claims = Claims(journal, directory, self.presence, pending, attempts, passwords)
        self._credentials = Credentials(journal, directory, attempts, passwords, calendar)
        self.empowering = Empowering(journal, self._credentials, published, calendar)
        self.sign_ins = SignIns(
            journal, limits, self.presence, arrivals, self._credentials, self._claims, catch_up, calendar
        )
        self.renames = Renames(ground, self.presence, moderation, pending, attempts)

    def grant(self, user: User, device: Device, command: PersonalRequest) -> Granted:
        """Grant a request.

        Raises:
            ChatError: it can't be granted.
        """
        peer = device.peer
        match command:
            case Claim():
                return self._claims.claim(user, peer, device.token, command, device.address)
            case ChangePassword():
                return self._credentials.change_password(user, peer, device.token, command, device.address)
            case Rename():
                return self.renames.request(user, peer, command)
            case Away() | Back():
                return self._be_away(user, peer, command)
            case _:
                assert_never(command)

    def _be_away(self, user: User, peer: Peer, command: Away | Back) -> AwayChanged:
        """Record whether a user is away, for those who ask for the users, or watch this one."""
        if isinstance(command, Back):
            self.absences.back(user, peer)
            return AwayChanged(user.name, command.id, away=False)
        if len(command.text) > self._limits.away:
            raise TooLong("away message", self._limits.away, "characters")
        text = harmless(" ".join(command.text.split()))  # on one line, because it stands in a list
        self.absences.away(user, peer, text)
        return AwayChanged(user.name, command.id, away=True)
