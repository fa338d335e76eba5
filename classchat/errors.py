"""Everything that can be refused.

    ChatError                   a request that can't be granted: tell, and go on
    ├── UsernameTaken           username_taken
    ├── NameTooSimilar          name_too_similar
    ├── UserNotFound            user_not_found
    ├── RoomNotFound            room_not_found
    ├── RoomExists              room_exists
    ├── NotAMember              not_a_member
    ├── AlreadyMember           already_member
    ├── InvalidFormat           invalid_format
    ├── UnknownStatus           unknown_status
    ├── InvalidName             invalid_name
    ├── TooLong                 too_long
    ├── TooMany                 too_many
    ├── NotRegistered           not_registered
    ├── AlreadyRegistered       already_registered
    ├── PasswordRequired        password_required
    ├── WrongPassword           wrong_password
    ├── UnusablePassword        unusable_password
    ├── Busy                    busy
    ├── AlreadyClaimed          already_claimed
    ├── NotClaimed              not_claimed
    ├── ClaimsClosed            claims_closed
    ├── ClaimedOnly             claimed_only
    ├── NotSaved                not_saved
    ├── HistoryUnavailable      history_unavailable
    ├── NotAllowed              not_allowed
    ├── NeedsClaim              needs_claim
    ├── Muted                   muted
    ├── AnnounceOnly            announce_only
    ├── Banned                  banned
    ├── NotInvited              not_invited
    ├── RoomClosed              room_closed
    ├── Kicked                  kicked
    └── Goodbye                 the server tells it, and hangs up
        ├── Timeout             timeout
        ├── Silent              timeout
        ├── SlowReader          slow_reader
        ├── TakenOver           taken_over
        ├── NameReleased        name_released
        ├── ShuttingDown        shutting_down
        ├── TLSRequired         tls_required
        ├── PlaintextOnly       plaintext_only
        └── InternalError       internal_error

Errors carry data; `code` is stable and for programs, `text` is a sentence for people that says
what to do next. An exception that is not one of these is our own bug.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from classchat.texts import quoted


class ChatError(Exception):
    """A request that can't be granted."""

    code: str
    """Its stable name, for programs."""

    @property
    def text(self) -> str:
        """The sentence for people."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text


@dataclass(eq=False)
class UsernameTaken(ChatError):
    """Somebody of that name is signed in."""

    name: str
    code = "username_taken"

    @property
    def text(self) -> str:
        return "Username already taken. Please try another."


@dataclass(eq=False)
class NameTooSimilar(ChatError):
    """A name looks like another one that is somebody's, or the server's."""

    name: str
    like: str
    code = "name_too_similar"

    @property
    def text(self) -> str:
        return f"This name is too similar to '{quoted(self.like)}'. Please try another."


@dataclass(eq=False)
class UserNotFound(ChatError):
    """Nobody of that name is signed in."""

    name: str
    code = "user_not_found"

    @property
    def text(self) -> str:
        return f"User '{quoted(self.name)}' not found or offline"


@dataclass(eq=False)
class RoomNotFound(ChatError):
    """There is no room of that name."""

    name: str
    code = "room_not_found"

    @property
    def text(self) -> str:
        return f"Chat room '{quoted(self.name)}' does not exist"


@dataclass(eq=False)
class RoomExists(ChatError):
    """There is a room of that name."""

    name: str
    code = "room_exists"

    @property
    def text(self) -> str:
        return f"Chat room '{quoted(self.name)}' already exists"


@dataclass(eq=False)
class NotAMember(ChatError):
    """The room is there, and the user is not in it: who asks, or the one he asks about."""

    name: str
    user: str | None = None
    code = "not_a_member"

    @property
    def text(self) -> str:
        if self.user is not None:
            return f"'{quoted(self.user)}' is not a member of room '{quoted(self.name)}'"
        return f"You are not a member of room '{quoted(self.name)}'"


@dataclass(eq=False)
class AlreadyMember(ChatError):
    """The user is in the room."""

    name: str
    code = "already_member"

    @property
    def text(self) -> str:
        return f"Already a member of room '{quoted(self.name)}'"


@dataclass(eq=False)
class InvalidFormat(ChatError):
    """The line is no message; `id` is the request's where it could still be read."""

    reason: str
    id: str | None = None
    code = "invalid_format"

    @property
    def text(self) -> str:
        return f"Invalid message format: {self.reason}"


@dataclass(eq=False)
class UnknownStatus(ChatError):
    """The line is a message of a type that nobody knows."""

    status: str
    id: str | None = None
    code = "unknown_status"

    @property
    def text(self) -> str:
        return f"Unknown message type '{quoted(self.status)}'"


@dataclass(eq=False)
class InvalidName(ChatError):
    """Nothing and nobody may be called that; `what` is "user name" or "room name".

    `reserved` is the one name of that form that is not granted. What is `in_order` has such characters, and
    no more of them, and they can't stand in one name all the same.
    """

    what: str
    longest: int
    reserved: str | None = None
    in_order: bool = False
    code = "invalid_name"

    @property
    def text(self) -> str:
        but = f", and it can't be '{self.reserved}'" if self.reserved else ""
        nor = " or special forms of letters, all in one direction of writing" if self.in_order else ""
        return (
            f"A {self.what} is 1 to {self.longest} letters, digits, '.', '_' or '-', "
            f"without spaces{nor}{but}. Please try another."
        )


@dataclass(eq=False)
class TooLong(ChatError):
    """More than a line or a text may hold; `unit` is "bytes" or "characters"."""

    what: str
    longest: int
    unit: str
    code = "too_long"

    @property
    def text(self) -> str:
        return f"The {self.what} is too long: at most {self.longest} {self.unit}. Please shorten it."


@dataclass(eq=False)
class TooMany(ChatError):
    """One more than the server grants; `what` says of what."""

    what: str
    most: int
    code = "too_many"

    @property
    def text(self) -> str:
        return f"Too many {self.what}: the limit is {self.most}."


class NotRegistered(ChatError):
    """A request before signing in."""

    code = "not_registered"

    @property
    def text(self) -> str:
        return "Sign in first: send your name as a line of its own, or a 'register' message."


@dataclass(eq=False)
class AlreadyRegistered(ChatError):
    """Signing in twice."""

    name: str
    code = "already_registered"

    @property
    def text(self) -> str:
        return f"You are already signed in as '{self.name}'. To use another name, quit and sign in again."


@dataclass(eq=False)
class PasswordRequired(ChatError):
    """The name is claimed, and nothing shows that it is its owner who asks."""

    name: str
    code = "password_required"

    @property
    def text(self) -> str:
        return (
            f"'{quoted(self.name)}' is a registered name. Sign in with its password, or choose another name."
        )


class WrongPassword(ChatError):
    """It is not the password of that name, or nobody has claimed the name."""

    code = "wrong_password"

    @property
    def text(self) -> str:
        return "Wrong name or password. Please try again."


@dataclass(eq=False)
class UnusablePassword(ChatError):
    """Nobody may have this password."""

    least: int
    most: int
    code = "unusable_password"

    @property
    def text(self) -> str:
        return (
            f"A password must have {self.least} to {self.most} characters, without control characters. "
            "Please choose another."
        )


class Busy(ChatError):
    """Too many ask for what takes long."""

    code = "busy"

    @property
    def text(self) -> str:
        return "Too many users are signing in right now. Please try again in a moment."


@dataclass(eq=False)
class AlreadyClaimed(ChatError):
    """The name is somebody's."""

    name: str
    code = "already_claimed"

    @property
    def text(self) -> str:
        return f"The name '{quoted(self.name)}' is already registered. Use its password to sign in."


@dataclass(eq=False)
class NotClaimed(ChatError):
    """The name is nobody's."""

    name: str
    code = "not_claimed"

    @property
    def text(self) -> str:
        return f"The name '{quoted(self.name)}' is not registered. Register it first: /claim"


class ClaimsClosed(ChatError):
    """The operator lets nobody claim a name."""

    code = "claims_closed"

    @property
    def text(self) -> str:
        return "Names can't be registered on this server. Ask its operator to register yours."


@dataclass(eq=False)
class ClaimedOnly(ChatError):
    """The operator lets nobody in whose name is not claimed."""

    name: str
    code = "claimed_only"

    @property
    def text(self) -> str:
        return f"Only registered users may join; '{quoted(self.name)}' is not registered. Register it first."


class NotSaved(ChatError):
    """What was asked could not be written to the journal, so nobody heard of it."""

    code = "not_saved"

    @property
    def text(self) -> str:
        return "This could not be saved, so it has no effect. Please try again later."


class HistoryUnavailable(ChatError):
    """The journal can't be read."""

    code = "history_unavailable"

    @property
    def text(self) -> str:
        return "The message history can't be read right now. Please try again later."


@dataclass(eq=False)
class NotAllowed(ChatError):
    """It is somebody else's to do; `because` says whose, or what would have to be done first."""

    because: str
    code = "not_allowed"

    @property
    def text(self) -> str:
        return f"You may not do that: {self.because}."


@dataclass(eq=False)
class NeedsClaim(ChatError):
    """It would keep a room for ever, for somebody whom nobody knows again tomorrow."""

    name: str
    code = "needs_claim"

    @property
    def text(self) -> str:
        return f"Room '{quoted(self.name)}' has no registered moderator. Register your name first: /claim"


@dataclass(eq=False)
class Muted(ChatError):
    """He may not speak in the room; `until` is in milliseconds, infinite where it is for ever."""

    name: str
    until: float
    code = "muted"

    @property
    def text(self) -> str:
        return f"You are muted in room '{quoted(self.name)}'{_until(self.until)}"


@dataclass(eq=False)
class AnnounceOnly(ChatError):
    """Only moderators speak in the room."""

    name: str
    code = "announce_only"

    @property
    def text(self) -> str:
        return f"Only moderators can speak in room '{quoted(self.name)}'"


@dataclass(eq=False)
class Banned(ChatError):
    """He may not come in; `until` is in milliseconds, infinite where it is for ever."""

    name: str
    until: float
    by: str = ""
    reason: str = ""
    code = "banned"

    @property
    def text(self) -> str:
        text = f"You are banned from room '{quoted(self.name)}'{_until(self.until)}"
        return f"{text},{_by(self.by, self.reason)}" if self.by else text


@dataclass(eq=False)
class NotInvited(ChatError):
    """The room is private."""

    name: str
    code = "not_invited"

    @property
    def text(self) -> str:
        return f"Room '{quoted(self.name)}' is private. Ask one of its moderators to invite you."


@dataclass(eq=False)
class RoomClosed(ChatError):
    """Nobody may come in; `may_open` says whether the user can change that."""

    name: str
    may_open: bool = False
    code = "room_closed"

    @property
    def text(self) -> str:
        text = f"Chat room '{quoted(self.name)}' is closed"
        return f"{text}. To open it again: /room {quoted(self.name)} open" if self.may_open else text


@dataclass(eq=False)
class Kicked(ChatError):
    """Nothing was refused: a moderator has put this user out, perhaps for a `reason`."""

    name: str
    by: str = ""
    reason: str = ""
    code = "kicked"

    @property
    def text(self) -> str:
        return f"You have been kicked from room '{quoted(self.name)}'{_by(self.by, self.reason)}"


def _by(name: str, reason: str) -> str:
    """Return who did something, and why, as far as that is known."""
    return (f" by {name}" if name else "") + (f": {reason}" if reason else "")


def _until(milliseconds: float) -> str:
    """Say until when something is so, if that ends."""
    if milliseconds == float("inf"):
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime(" until %Y-%m-%d %H:%M:%S UTC")


class Goodbye(ChatError):
    """Why the server is about to close a connection; the client may come back."""


@dataclass(eq=False)
class Timeout(Goodbye):
    """The connection did not say in time who it is."""

    seconds: float
    code = "timeout"

    @property
    def text(self) -> str:
        return f"Not signed in within {self.seconds:g} seconds. Connect again and send your name first."


@dataclass(eq=False)
class Silent(Goodbye):
    """A client that said that it answers did not answer."""

    seconds: float
    code = "timeout"

    @property
    def text(self) -> str:
        return f"Timed out ({self.seconds:g} s). Connect again to continue."


@dataclass(eq=False)
class SlowReader(Goodbye):
    """The client reads more slowly than it is told things."""

    behind: int
    code = "slow_reader"

    @property
    def text(self) -> str:
        return f"Too slow: more than {self.behind} bytes were waiting for you. Connect again to continue."


class TakenOver(Goodbye):
    """The same person has signed in from another connection."""

    code = "taken_over"

    @property
    def text(self) -> str:
        return "You have signed in from another connection, so this one was closed."


class NameReleased(Goodbye):
    """The account of the client's name is gone."""

    code = "name_released"

    @property
    def text(self) -> str:
        return "The operator of this server has released your name. It is no longer registered to you."


class ShuttingDown(Goodbye):
    """The server is being stopped."""

    code = "shutting_down"

    @property
    def text(self) -> str:
        return "The server is shutting down. Please come back later."


class TLSRequired(Goodbye):
    """The connection is not encrypted, and has to be."""

    code = "tls_required"

    @property
    def text(self) -> str:
        return "This server accepts only encrypted connections. Connect with TLS (in ClassChat: --tls)."


class PlaintextOnly(Goodbye):
    """The connection begins with TLS, and the server has none."""

    code = "plaintext_only"

    @property
    def text(self) -> str:
        return (
            "This server does not accept encrypted connections. Connect without TLS (in ClassChat: --no-tls)."
        )


class InternalError(Goodbye):
    """A bug of ours: it is in the server's log, and never told a peer."""

    code = "internal_error"

    @property
    def text(self) -> str:
        return "Something went wrong on the server. This is not your fault. Please connect again."
