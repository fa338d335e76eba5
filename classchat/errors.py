"""The errors of the chat: one class for each reason to refuse a request.

    ChatError                   a request that can't be granted: the client is told and stays
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
    ├── RegisteredName          name_claimed
    ├── ClaimsClosed            claims_closed
    ├── ClaimedOnly             claimed_only
    ├── WrongJoinCode           wrong_code
    ├── NotSaved                not_saved
    ├── Overtaken               overtaken
    ├── HistoryUnavailable      history_unavailable
    ├── NotAllowed              not_allowed
    ├── NeedsClaim              needs_claim
    ├── Muted                   muted
    ├── AnnounceOnly            announce_only
    ├── Banned                  banned
    ├── NotInvited              not_invited
    ├── RoomClosed              room_closed
    ├── Kicked                  kicked
    ├── HandsClosed             hands_closed
    ├── NoHand                  no_hand
    ├── QuestionsClosed         questions_closed
    ├── QuestionNotFound        question_not_found
    ├── PollNotFound            poll_not_found
    ├── PollClosed              poll_closed
    ├── WrongCode               wrong_code
    ├── HereClosed              here_closed
    ├── StaffOnly               staff_only
    ├── SlowMode                slow_mode
    ├── NotOnRoster             not_on_roster
    ├── MessageNotFound         message_not_found
    ├── TooOld                  too_old
    ├── FilesOff                files_off
    ├── FileTooLarge            file_too_large
    ├── NoSpaceForFile          no_space
    └── Goodbye                 the server tells the client and hangs up
        ├── Timeout             timeout
        ├── Silent              timeout
        ├── SlowReader          slow_reader
        ├── TakenOver           taken_over
        ├── NameReleased        name_released
        ├── SentAway            kicked
        ├── ShuttingDown        shutting_down
        ├── TLSRequired         tls_required
        ├── PlaintextOnly       plaintext_only
        └── InternalError       internal_error

Errors carry data. `code` is stable and for programs; `text` is a sentence for people that says what happened
and what to do next. Any other exception is a bug of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from classchat.file_names import size_in_words
from classchat.texts import counted, lasting, quoted


class ChatError(Exception):
    """A request that can't be granted."""

    code: str
    """The stable name of the error, for programs."""

    @property
    def text(self) -> str:
        """The sentence for people."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text


@dataclass(eq=False)
class UsernameTaken(ChatError):
    """A user with this name is signed in."""

    name: str
    code = "username_taken"

    @property
    def text(self) -> str:
        return "Username already taken. Please try another."


@dataclass(eq=False)
class NameTooSimilar(ChatError):
    """The name looks like another user's, another room's, or the server's name."""

    name: str
    like: str
    code = "name_too_similar"

    @property
    def text(self) -> str:
        return f"This name is too similar to '{quoted(self.like)}'. Please try another."


@dataclass(eq=False)
class UserNotFound(ChatError):
    """No user with this name is signed in."""

    name: str
    code = "user_not_found"

    @property
    def text(self) -> str:
        return f"User '{quoted(self.name)}' not found or offline"


@dataclass(eq=False)
class RoomNotFound(ChatError):
    """No room has this name."""

    name: str
    code = "room_not_found"

    @property
    def text(self) -> str:
        return f"Chat room '{quoted(self.name)}' does not exist"


@dataclass(eq=False)
class RoomExists(ChatError):
    """A room with this name exists."""

    name: str
    code = "room_exists"

    @property
    def text(self) -> str:
        return f"Chat room '{quoted(self.name)}' already exists"


@dataclass(eq=False)
class NotAMember(ChatError):
    """The user who asks, or the given `user`, is not a member of an existing room."""

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
    """The user is already a member of the room."""

    name: str
    code = "already_member"

    @property
    def text(self) -> str:
        return f"Already a member of room '{quoted(self.name)}'"


@dataclass(eq=False)
class InvalidFormat(ChatError):
    """The line is not a message; `id` is the request's, if it could be read."""

    reason: str
    id: str | None = None
    code = "invalid_format"

    @property
    def text(self) -> str:
        return f"Invalid message format: {self.reason}"


@dataclass(eq=False)
class UnknownStatus(ChatError):
    """The message has an unknown type."""

    status: str
    id: str | None = None
    code = "unknown_status"

    @property
    def text(self) -> str:
        return f"Unknown message type '{quoted(self.status)}'"


@dataclass(eq=False)
class InvalidName(ChatError):
    """The name is not allowed; `what` is "user name" or "room name".

    `reserved` is a well-formed name that is never granted. A name that is `in_order` has allowed characters
    and length, but RFC 8265 refuses the combination.
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
    """A line or a text is too long; `unit` is "bytes" or "characters"."""

    what: str
    longest: int
    unit: str
    code = "too_long"

    @property
    def text(self) -> str:
        return f"The {self.what} is too long: at most {self.longest} {self.unit}. Please shorten it."


@dataclass(eq=False)
class TooMany(ChatError):
    """A limit is reached; `what` names the things that are counted."""

    what: str
    most: int
    code = "too_many"

    @property
    def text(self) -> str:
        return f"Too many {self.what}: the limit is {self.most}."


class NotRegistered(ChatError):
    """A request other than signing in came before sign-in."""

    code = "not_registered"

    @property
    def text(self) -> str:
        return "Sign in first: send your name as a line of its own, or a 'register' message."


@dataclass(eq=False)
class AlreadyRegistered(ChatError):
    """A signed-in client signs in again."""

    name: str
    code = "already_registered"

    @property
    def text(self) -> str:
        return f"You are already signed in as '{self.name}'. To use another name, quit and sign in again."


@dataclass(eq=False)
class PasswordRequired(ChatError):
    """The name is registered, and the client has shown neither its password nor its token."""

    name: str
    code = "password_required"

    @property
    def text(self) -> str:
        return (
            f"'{quoted(self.name)}' is a registered name. Sign in with its password, or choose another name."
        )


class WrongPassword(ChatError):
    """The password is wrong, or the name is not registered."""

    code = "wrong_password"

    @property
    def text(self) -> str:
        return "Wrong name or password. Please try again."


@dataclass(eq=False)
class UnusablePassword(ChatError):
    """The password is too short, too long, or has characters that are not allowed."""

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
    """Too many requests that hash a password are waiting."""

    code = "busy"

    @property
    def text(self) -> str:
        return "Too many users are signing in right now. Please try again in a moment."


@dataclass(eq=False)
class AlreadyClaimed(ChatError):
    """The name is registered."""

    name: str
    code = "already_claimed"

    @property
    def text(self) -> str:
        return f"The name '{quoted(self.name)}' is already registered. Use its password to sign in."


@dataclass(eq=False)
class NotClaimed(ChatError):
    """The name is not registered."""

    name: str
    code = "not_claimed"

    @property
    def text(self) -> str:
        return f"The name '{quoted(self.name)}' is not registered. Register it first: /claim"


@dataclass(eq=False)
class RegisteredName(ChatError):
    """The user's name is claimed, and can't be changed."""

    name: str
    code = "name_claimed"

    @property
    def text(self) -> str:
        return (
            f"'{quoted(self.name)}' is a registered name, which can't be changed. "
            "To use another name, sign out and sign in under that name."
        )


class ClaimsClosed(ChatError):
    """The operator has turned off the registration of names."""

    code = "claims_closed"

    @property
    def text(self) -> str:
        return "Names can't be registered on this server. Ask its operator to register yours."


@dataclass(eq=False)
class ClaimedOnly(ChatError):
    """The operator admits only users with a registered name."""

    name: str
    code = "claimed_only"

    @property
    def text(self) -> str:
        return f"Only registered users may join; '{quoted(self.name)}' is not registered. Register it first."


class WrongJoinCode(ChatError):
    """The join code with which a name was to be registered is not valid."""

    code = "wrong_code"

    @property
    def text(self) -> str:
        return "This join code is wrong, too old, or was used already. Ask your teacher for a new one"


class NotSaved(ChatError):
    """The request could not be written to the journal, so it has had no effect."""

    code = "not_saved"

    @property
    def text(self) -> str:
        return "This could not be saved, so it has no effect. Please try again later."


class Overtaken(ChatError):
    """Others have changed what a request is about, each time before it was decided."""

    code = "overtaken"

    @property
    def text(self) -> str:
        return "Others changed the same thing at this moment, so yours was not done. Please try again."


class HistoryUnavailable(ChatError):
    """The journal can't be read."""

    code = "history_unavailable"

    @property
    def text(self) -> str:
        return "The message history can't be read right now. Please try again later."


@dataclass(eq=False)
class NotAllowed(ChatError):
    """The user lacks the right; `because` says who has it, or what must be done first."""

    because: str
    code = "not_allowed"

    @property
    def text(self) -> str:
        return f"You may not do that: {self.because}."


@dataclass(eq=False)
class MessageNotFound(ChatError):
    """There is no message with this number in the conversation, or not any more."""

    number: int
    name: str
    code = "message_not_found"

    @property
    def text(self) -> str:
        return f"There is no message {self.number} in '{quoted(self.name)}'"


@dataclass(eq=False)
class TooOld(ChatError):
    """The message is older than what its author may still delete; `seconds` is that age."""

    number: int
    seconds: int
    code = "too_old"

    @property
    def text(self) -> str:
        return f"Message {self.number} is too old: you can delete your own messages{lasting(self.seconds)}."


@dataclass(eq=False)
class NeedsClaim(ChatError):
    """The request would keep a room for ever although none of its moderators is registered."""

    name: str
    code = "needs_claim"

    @property
    def text(self) -> str:
        return f"Room '{quoted(self.name)}' has no registered moderator. Register your name first: /claim"


@dataclass(eq=False)
class Muted(ChatError):
    """The user is muted in the room; `until` is in milliseconds, infinite if there is no end."""

    name: str
    until: float
    code = "muted"

    @property
    def text(self) -> str:
        return f"You are muted in room '{quoted(self.name)}'{_until(self.until)}"


@dataclass(eq=False)
class AnnounceOnly(ChatError):
    """Only moderators can speak in the room."""

    name: str
    code = "announce_only"

    @property
    def text(self) -> str:
        return f"Only moderators can speak in room '{quoted(self.name)}'"


@dataclass(eq=False)
class Banned(ChatError):
    """The user is banned from the room; `until` is in milliseconds, infinite if there is no end."""

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
    """The room is private, and the user is not invited."""

    name: str
    code = "not_invited"

    @property
    def text(self) -> str:
        return f"Room '{quoted(self.name)}' is private. Ask one of its moderators to invite you."


@dataclass(eq=False)
class RoomClosed(ChatError):
    """The room is closed; `may_open` says whether the user can open it."""

    name: str
    may_open: bool = False
    code = "room_closed"

    @property
    def text(self) -> str:
        text = f"Chat room '{quoted(self.name)}' is closed"
        return f"{text}. To open it again: /room {quoted(self.name)} open" if self.may_open else text


@dataclass(eq=False)
class Kicked(ChatError):
    """A moderator has removed this user from the room; no request was refused."""

    name: str
    by: str = ""
    reason: str = ""
    code = "kicked"

    @property
    def text(self) -> str:
        return f"You have been kicked from room '{quoted(self.name)}'{_by(self.by, self.reason)}"


def _by(name: str, reason: str) -> str:
    """Return the name and the reason as the end of a sentence; each may be empty."""
    return (f" by {name}" if name else "") + (f": {reason}" if reason else "")


def _until(milliseconds: float) -> str:
    """Return an end time as the end of a sentence; "" for no end."""
    if milliseconds == float("inf"):
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime(" until %Y-%m-%d %H:%M:%S UTC")


# In classes.


@dataclass(eq=False)
class HandsClosed(ChatError):
    """The queue of the room is closed."""

    room: str
    code = "hands_closed"

    @property
    def text(self) -> str:
        return f"The queue of room '{quoted(self.room)}' is closed"


@dataclass(eq=False)
class NoHand(ChatError):
    """A hand is not up: that of `name`, or of the user who asks; or no student waits."""

    name: str
    waiting: int | None = None
    """For staff who want the next one: how many hands are up, of students who can't be taken."""

    turn: bool = False
    """For staff who want to end a turn: they have none."""

    code = "no_hand"

    @property
    def text(self) -> str:
        if self.turn:
            return "You are not helping a student. /next takes the next one"
        if self.waiting is None:
            return f"{quoted(self.name)} has no hand up" if self.name else "Your hand is not up"
        if self.waiting:
            return f"All students in the queue are disconnected or with other staff ({self.waiting} waiting)"
        return "No hand is up"


@dataclass(eq=False)
class QuestionsClosed(ChatError):
    """No questions may be asked in the room."""

    room: str
    code = "questions_closed"

    @property
    def text(self) -> str:
        return f"Questions are closed in room '{quoted(self.room)}'"


@dataclass(eq=False)
class QuestionNotFound(ChatError):
    """There is no question with this number, or the user is not shown it."""

    number: int
    code = "question_not_found"

    @property
    def text(self) -> str:
        return f"There is no question {self.number} here"


@dataclass(eq=False)
class PollNotFound(ChatError):
    """There is no poll with this number, or none at all."""

    number: int | None
    code = "poll_not_found"

    @property
    def text(self) -> str:
        return "There is no poll here" if self.number is None else f"There is no poll {self.number} here"


@dataclass(eq=False)
class PollClosed(ChatError):
    """The poll is closed."""

    number: int
    code = "poll_closed"

    @property
    def text(self) -> str:
        return f"Poll {self.number} is closed"


@dataclass(eq=False)
class WrongCode(ChatError):
    """The code of attendance is not the one of this moment; after some attempts none is taken any more."""

    shut_out: bool = False
    code = "wrong_code"

    @property
    def text(self) -> str:
        if self.shut_out:
            return "Too many wrong codes. Ask the staff to mark you as present"
        return "Wrong code. It changes every 30 seconds: enter the one that is shown now"


@dataclass(eq=False)
class HereClosed(ChatError):
    """No attendance is taken in the room now."""

    room: str
    code = "here_closed"

    @property
    def text(self) -> str:
        return f"No attendance is taken in room '{quoted(self.room)}' now"


@dataclass(eq=False)
class StaffOnly(ChatError):
    """Students of a room may not write to each other during an exam."""

    room: str
    code = "staff_only"

    @property
    def text(self) -> str:
        return f"During the exam in room '{quoted(self.room)}' students may write to its staff only"


@dataclass(eq=False)
class SlowMode(ChatError):
    """The room is slow, and the user has written not long ago."""

    room: str
    seconds: int
    questions: bool = False
    """Whether the user has asked too many questions."""

    code = "slow_mode"

    @property
    def text(self) -> str:
        if self.questions:
            return f"You have asked several questions: wait {counted(self.seconds, 'second')}"
        return f"Room '{quoted(self.room)}' is slow: wait {counted(self.seconds, 'second')}"


@dataclass(eq=False)
class NotOnRoster(ChatError):
    """The roster does not have this person."""

    name: str
    code = "not_on_roster"

    @property
    def text(self) -> str:
        return f"'{quoted(self.name)}' is not on the roster"


@dataclass(eq=False)
class FilesOff(ChatError):
    """Files can't be shared; `because` says why."""

    because: str
    code = "files_off"

    @property
    def text(self) -> str:
        return f"Files can't be shared here: {self.because}."


@dataclass(eq=False)
class FileTooLarge(ChatError):
    """The file is larger than one may be."""

    most: int
    code = "file_too_large"

    @property
    def text(self) -> str:
        return f"The file is too large: at most {size_in_words(self.most)}. Please share a smaller one."


@dataclass(eq=False)
class NoSpaceForFile(ChatError):
    """All files together would be too much: of this user, or of all (`of` says which).

    Or too many uploads of this user are `unfinished`, whose sizes are reserved.
    """

    of: str
    most: int
    unfinished: int = 0
    code = "no_space"

    @property
    def text(self) -> str:
        if self.unfinished:
            return (
                f"There is no space for the file: {self.unfinished} of your uploads are not finished. "
                "Finish or cancel them first, or wait until they expire."
            )
        return (
            f"There is no space for the file: {self.of} may have {size_in_words(self.most)} in all. "
            "Older files have to be deleted first."
        )


class Goodbye(ChatError):
    """The reason why the server is about to close a connection; the client may reconnect."""


@dataclass(eq=False)
class Timeout(Goodbye):
    """The client did not sign in in time."""

    seconds: float
    code = "timeout"

    @property
    def text(self) -> str:
        return f"Not signed in within {self.seconds:g} seconds. Connect again and send your name first."


@dataclass(eq=False)
class Silent(Goodbye):
    """The client promised to answer probes, and has sent nothing for too long."""

    seconds: float
    code = "timeout"

    @property
    def text(self) -> str:
        return f"Timed out ({self.seconds:g} s). Connect again to continue."


@dataclass(eq=False)
class SlowReader(Goodbye):
    """The client reads more slowly than the server sends."""

    behind: int
    code = "slow_reader"

    @property
    def text(self) -> str:
        return f"Too slow: more than {self.behind} bytes were waiting for you. Connect again to continue."


class TakenOver(Goodbye):
    """The same user has signed in from another connection."""

    code = "taken_over"

    @property
    def text(self) -> str:
        return "You have signed in from another connection, so this one was closed."


class NameReleased(Goodbye):
    """The operator has released the client's name."""

    code = "name_released"

    @property
    def text(self) -> str:
        return "The operator of this server has released your name. It is no longer registered to you."


@dataclass(eq=False)
class SentAway(Goodbye):
    """The operator has disconnected the user from the server. The code is that of a room that is meant."""

    reason: str = ""
    code = "kicked"

    @property
    def text(self) -> str:
        return f"You have been disconnected{_by('the operator of this server', self.reason)}"


class ShuttingDown(Goodbye):
    """The server is shutting down."""

    code = "shutting_down"

    @property
    def text(self) -> str:
        return "The server is shutting down. Please come back later."


@dataclass(eq=False)
class TLSRequired(Goodbye):
    """The connection is not encrypted, but must be: always, or for a `password`."""

    password: bool = False
    code = "tls_required"

    @property
    def text(self) -> str:
        if self.password:
            return (
                "This connection is not encrypted, and others on the way could read your password. Open the "
                "page with https, or sign in without a password."
            )
        return "This server accepts only encrypted connections. Connect with TLS (in ClassChat: --tls)."


class PlaintextOnly(Goodbye):
    """The connection begins with TLS, but the server has it turned off."""

    code = "plaintext_only"

    @property
    def text(self) -> str:
        return (
            "This server does not accept encrypted connections. Connect without TLS (in ClassChat: --no-tls)."
        )


class InternalError(Goodbye):
    """A bug of the server; the log has the details, and clients are never told them."""

    code = "internal_error"

    @property
    def text(self) -> str:
        return "Something went wrong on the server. This is not your fault. Please connect again."
