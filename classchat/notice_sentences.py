"""Notices for the operator as sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Deleted,
    Evicted,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Signalled,
    SignedOut,
    Whispered,
)
from classchat.core.model import Room
from classchat.core.notices import (
    Browsable,
    Certified,
    Connected,
    ConnectionNotice,
    Crowded,
    Disconnected,
    Full,
    Joinable,
    Keeping,
    KeptOut,
    NodeNotice,
    Notice,
    OnlyHere,
    Outdated,
    Reconfigured,
    Registered,
    Rejoined,
    Removed,
    ServerNotice,
    Sharing,
    Started,
    StartNotice,
    Stopping,
    TakesIRC,
    Unclaimed,
    Unprefaced,
    Unshown,
    Waiting,
)
from classchat.texts import one_line

_MOST_LISTED = 10  # names in one line


class Sentences:
    """Notices as sentences for people, each on one line, whatever characters it holds."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._notices = notices
        self._sentences = [one_line(text) for text in map(_sentence, notices) if text is not None]

    def __len__(self) -> int:
        return len(self._sentences)

    def __str__(self) -> str:
        return "\n".join(self._sentences)

    def each(self) -> Iterator[tuple[str, str]]:
        """Yield the kind of each notice that has a sentence, such as `Registered`, and the sentence."""
        for notice in self._notices:
            text = _sentence(notice)
            if text is not None:
                yield type(notice).__name__, one_line(text)

    def on_console(self, time: str = "") -> str:
        """Return the lines for the console, with newlines, each with a `time` before it."""
        if not self._sentences:
            return ""
        begin = f"{time}[SERVER] "
        return begin + f"\n{begin}".join(self._sentences) + "\n"


def _sentence(notice: Notice) -> str | None:
    """Return the sentence for a notice; None if it is not shown."""
    match notice:
        case Said():
            return f"Group message from {notice.user.name} to {notice.conversation.name}"
        case Whispered():
            return f"Private message from {notice.user.name} to {notice.to.name}"
        case Connected() | Registered() | Disconnected() | Full() | Crowded() | Unprefaced():
            return _sentence_of_connection(notice)  # early: a class that arrives is many of these
        case Created():
            return f"Chat room '{notice.room.name}' created by {notice.user.name}"
        case Joined():
            return f"User '{notice.user.name}' joined chat room '{notice.room.name}'"
        case Left():
            if notice.peer is None:
                return None  # the user disconnected, which has its own notice
            return f"User '{notice.user.name}' left chat room '{notice.room.name}'"
        case Ordered(refused=False):
            target = f" on '{notice.done.target}'" if notice.done.target else ""
            where = f"in chat room '{notice.room.name}'"
            return f"User '{notice.user.name}' used '{notice.done.action}'{target} {where}"
        case Deleted(refused=False, conversation=Room(name=room)):
            return f"User '{notice.user.name}' deleted a message of '{notice.author}' in chat room '{room}'"
        case Deleted(refused=False):
            return f"User '{notice.user.name}' deleted a private message"
        case Renamed(refused=False):
            return f"User '{notice.old}' is now called '{notice.name}'"
        case Ordered() | Ruled() | Deleted() | Renamed() | Noted():
            return None
        case Located() | SignedOut() | NodeLost() | Announced() | Evicted() | Aside() | Signalled():
            return None
        case _:
            return _sentence_of_server(notice)


def _sentence_of_connection(notice: ConnectionNotice) -> str:
    """Return the sentence for what happened to a connection."""
    match notice:
        case Connected():
            return f"New connection from {notice.address}"
        case Registered():
            return f"User '{notice.name}' registered successfully"
        case Disconnected():
            because = f" ({notice.code})" if notice.code else ""
            return f"User '{notice.name}' disconnected{because}"
        case Full():
            return f"Limit of {notice.connections} connections reached: refusing new ones"
        case Crowded():
            return f"Limit of {notice.most} from {notice.address} reached: refusing new ones"
        case Unprefaced():
            return f"Connection from {notice.address} closed: its PROXY header {notice.why}"
        case _:
            assert_never(notice)


def _sentence_of_server(notice: ServerNotice) -> str:
    """Return the sentence for what happened to the server."""
    match notice:
        case Sharing() | Removed() | KeptOut() | Rejoined():
            return _sentence_of_node(notice)
        case Reconfigured(value=None):
            return f"Option {notice.option} has changed, and needs a restart"
        case Reconfigured():
            return f"Option {notice.option} is {notice.value} now"
        case Unshown():
            return f"({notice.lines} lines were not shown)"
        case Stopping():
            return "Shutting down server..."
        case _:
            return _sentence_of_start(notice)


def _sentence_of_node(notice: NodeNotice) -> str:
    """Return the sentence for what happened between this node and the others."""
    match notice:
        case Sharing():
            hosts = ", ".join(notice.hosts[:_MOST_LISTED])
            return f"Other servers use the same journal: {len(notice.hosts)}, on {hosts}"
        case Removed():
            return "This node was cut off from the others: all clients are disconnected, and can come back"
        case KeptOut():
            return f"This node can't be with the others again yet: {notice.why}"
        case Rejoined():
            return "This node is with the others again"
        case _:
            assert_never(notice)


def _sentence_of_start(notice: StartNotice) -> str:
    """Return the sentence for what a server says about itself when it starts."""
    match notice:
        case Started():
            return f"Server started on {notice.address}"
        case Waiting():
            return "Waiting for connections..."
        case Certified():
            until = "" if notice.kept else " (only until the server stops)"
            return f"Certificate fingerprint: {notice.fingerprint}{until}"
        case Joinable():
            return f"Join with: classchat NAME@{notice.address}#{notice.fingerprint}"
        case Browsable(note=""):
            return f"Browser: {notice.link}"
        case Browsable():
            return f"Browser: {notice.link} ({notice.note})"
        case Unclaimed(claimable=False):
            return (
                f"Operator '{notice.name}' has no rights: without a journal file, names can't be registered"
            )
        case Unclaimed():
            command = f"classchat admin claim {notice.name}"
            return f"Operator '{notice.name}' has no rights until the name is registered: {command}"
        case OnlyHere():
            serve = f"classchat serve 0.0.0.0 {notice.port}"
            return f"Only this machine can connect. To accept other machines, start the server with: {serve}"
        case TakesIRC():
            return "IRC clients may join at the same address and port"
        case Keeping(None):
            return "Journal: none. Nothing is kept when the server stops"
        case Keeping():
            return f"Journal: {notice.place}"
        case Outdated():
            listed = ", ".join(f"'{ascii(name)[1:-1]}'" for name in notice.names[:_MOST_LISTED])
            more = f" and {len(notice.names) - _MOST_LISTED} more" if len(notice.names) > _MOST_LISTED else ""
            return f"These {notice.what} have names that are no longer allowed, and are kept: {listed}{more}"
        case _:
            assert_never(notice)
