"""What is told to one client alone, as lines."""

from __future__ import annotations

from typing import Final

from classchat.class_events import LineHeld
from classchat.core.answer_events import (
    ClassGranted,
    DeletionDone,
    OrderDone,
    RoomCreated,
    RoomJoined,
    RoomLeft,
    SignedIn,
)
from classchat.core.events import BroadcastReceived, Event, Own, OwnEvent, RemovedFromRoom, Signal, Styled
from classchat.core.room_events import MemberInvited, MemberJoined, MemberLeft
from classchat.errors import Goodbye, NotSaved
from classchat.irc.class_answers import tell_granted
from classchat.irc.client import Client
from classchat.irc.refusals import refuse_asked, refuse_usual
from classchat.irc.responses import Response
from classchat.irc.uttering import unanswered
from classchat.irc.welcome import is_in, joined, welcome
from classchat.messages import Error, Group, Private, Probe

_FAREWELLS: Final = frozenset(kind.code for kind in Goodbye.__subclasses__())
"""The codes with which the server says why it is about to disconnect a client."""


def tell(client: Client, event: Event) -> Response | None:
    """Put the lines of an event; return the labelled response that they belong to, if they belong to one."""
    match event:
        case Own(event=Group() | Private() | Styled() | Signal() as message):
            return _came_back(client, message)
        case Own():
            return _own(client, event.event)
        case Private() if client.asked.reads(event) is None:
            _private(client, event, event)
        case Styled(message=Private() as message):
            _private(client, message, event)
        case Signal():
            _private(client, event, event)
        case Error():
            return _refused(client, event)
        case ClassGranted(answer=LineHeld()):
            return _held(client, event)
        case SignedIn():
            welcome(client, event)
        case BroadcastReceived() if not _reads_broadcasts(client):
            pass
        case RemovedFromRoom():
            client.joined.leave(event.because.room)
            return _answered(client, event)
        case Probe():
            client.send("PING", client.network.server, source="")
        case RoomJoined() | RoomCreated():
            client.joined.join(event.room, event.seq)
            client.asked.happens(event.id, event.room)
            return _answered(client, event)
        case RoomLeft():
            client.asked.happens(event.id, event.room)
            return _answered(client, event)
        case DeletionDone(before=False):
            client.asked.happens(event.id, event.conversation)
            return _answered(client, event)
        case OrderDone() if client.session.registered:  # else it has left since then
            client.asked.happens(event.id, event.order.room)
            return _ordered(client, event)
        case _:
            return _answered(client, event)
    return None


def _reads_broadcasts(client: Client) -> bool:
    """Return whether a client is told what operators tell everybody: it has not refused that with `-w`."""
    return client.session.registered and client.network.profiles.of(client.user).wallops is not False


def _ordered(client: Client, event: OrderDone) -> Response | None:
    """Write the answer to an order; a moderator who is not in the room reads here what the members read."""
    response = _answered(client, event)
    room = client.chat.rooms.find(event.order.room)
    if room is None or not client.session.registered or client.user in room.members:
        return response
    before = client.peer.collected
    _encode(client, event.order)
    request = client.asked.find(event.id)
    return response if request is None or client.peer.collected == before else request.response


def _came_back(client: Client, message: Group | Private | Styled | Signal) -> Response | None:
    """Put an own message, or signal, where the client has asked for that; it answers a label."""
    name = message.manner.label if isinstance(message, Styled | Signal) else None
    request = client.asked.came_back(name)
    if "echo-message" in client.capabilities:
        _encode(client, message)
    if request is None or request.response is None:
        return None
    request.response.owed -= 1
    return request.response


def _held(client: Client, event: ClassGranted) -> Response | None:
    """Say that only the staff read a message; it does not come back. A notice is not answered."""
    request = client.asked.came_back(event.id)
    if request is None or request.refused is not unanswered:
        tell_granted(client, event)
    if request is None or request.response is None:
        return None
    request.response.owed -= 1
    return request.response


def _private(client: Client, message: Private | Signal, event: Private | Styled | Signal) -> None:
    """Put a private message; one that another device of the user has sent only where that is understood."""
    own = message.sender == client.nick != message.receiver
    if not own or client.capabilities.enabled & {"znc.in/self-message", "echo-message"}:
        _encode(client, event)


def _own(client: Client, event: OwnEvent) -> Response | None:
    """Put what this client has done in a room, or what has changed where its user is a member."""
    assert not isinstance(event, Group | Private | Styled | Signal)  # noqa: S101  # these have come back
    if isinstance(event, MemberLeft):
        client.joined.leave(event.room)  # perhaps because another device has left it
    request = client.asked.happened(event.room)
    if isinstance(event, MemberJoined):
        _encode(client, Own(MemberJoined(event.room, event.user)))  # the list of members shows who moderates
        client.joined.is_in(event.room, event.seq)  # more may be stored by now, and is told after this
        room = client.chat.rooms.find(event.room)
        if room is not None and event.back:
            is_in(client, room)  # the rest follows room by room
        elif room is not None:
            joined(client, room)
    elif not isinstance(event, MemberInvited) or request is None:  # else 341 says it
        _encode(client, Own(event))
    return None if request is None else request.response


def _refused(client: Client, error: Error) -> Response | None:
    if error.code in _FAREWELLS and error.room is None:
        return None  # the last line of the connection says it
    request = client.asked.refused(error.id)
    if request is None:
        if error.id is None and (error.room is None or error.code == NotSaved.code):  # else it was removed
            refuse_usual(client, error)
        return None
    refuse_asked(client, error, request)
    if request.response is not None and request.is_message:
        request.response.owed -= 1
    return request.response


def _answered(client: Client, event: Event) -> Response | None:
    """Put what answers a request; what answers none is for the codec."""
    request = client.asked.find(getattr(event, "id", None)) or client.asked.reads(event)
    if client.has_gone:
        return None
    if request is None:
        _encode(client, event)
        return None
    if request.answered is None:
        return None
    before = client.peer.collected
    request.answered(event)
    if request.late:
        client.asked.done(request)
    return request.response if client.peer.collected > before else None


def _encode(client: Client, event: Event) -> None:
    data = client.peer.codec.encode([event])
    if data:
        client.peer.put(data)
