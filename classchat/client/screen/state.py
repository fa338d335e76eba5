"""The state of a screen, which knows no terminal.

The focus is the room or user to which plain text goes. A message for a user never goes to a room of the same
name, nor the other way round.
"""

from __future__ import annotations

from typing import assert_never

from classchat.class_events import AboutGroups
from classchat.client.commands.typed import Whereabouts
from classchat.client.display.mentions import mentions
from classchat.client.link.happenings import JOINED, LEFT, happening_of
from classchat.client.screen.focus import Focus, OpenConversation, RoomFocus, Seen, UserFocus
from classchat.client.screen.known_names import Names
from classchat.client.spelling import name_key, room_key
from classchat.messages import (
    Close,
    Create,
    Error,
    Group,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Private,
    Say,
    SetRoom,
    Success,
    Tell,
)
from classchat.names import SERVER
from classchat.request import Request

ALREADY_MEMBER = "already_member"

EVERYWHERE = "*"
"""The word for all rooms; no room has this name."""


_MOST_CONVERSATIONS = 500


class Screen:
    """The state of one user's screen."""

    def __init__(self, me: str) -> None:
        """Start without rooms, for the user `me`."""
        self.me = me
        self.focus: Focus | None = None
        self.users = Names(name_key)
        """The users of the server, as far as they are known."""
        self.rooms = Names(room_key)
        """The rooms of the server, as far as they are known."""
        self.joined = Names(room_key)
        """The rooms that the user is in."""
        self.ignored = Names(name_key)
        self.renamed = Names(name_key)
        """The present names of ignored users who have taken other names since the client began."""
        self.quiet = Names(room_key)
        """The rooms where joins and leaves are hidden; `*` stands for all rooms."""
        self.closed: str | None = None
        """The room that the user has closed last, unless it is open again."""
        self.last_sender: str | None = None
        """The sender of the last private message."""
        self.pending: dict[str, Say | Tell] = {}
        """The user's messages without confirmation, by id, in order."""
        self.entering: set[str] = set()
        """The ids of requests that may change the focus: until they are answered, plain text waits."""
        self._groups: dict[str, str] = {}  # the group room of each class, by its key
        self._conversations: dict[tuple[type[Focus], str], OpenConversation] = {}

    # The focus.

    @property
    def whereabouts(self) -> Whereabouts:
        """The state that decides which room a command is about."""
        focus = self.focus.name if isinstance(self.focus, RoomFocus) else None
        if self.focus is None:
            focus = self.closed  # to open it again
        return Whereabouts(focus, self._is_room, self.users.__contains__, knows_rooms=True)

    def _is_room(self, name: str) -> bool:
        return name in self.joined or name in self.rooms

    @property
    def conversations(self) -> list[OpenConversation]:
        """The user's rooms and private conversations, in the order in which they came up."""
        return list(self._conversations.values())

    @property
    def unread(self) -> list[tuple[int, OpenConversation]]:
        """The conversations with unread messages, with their numbers, from 1."""
        return [entry for entry in enumerate(self.conversations, 1) if entry[1].unread]

    def focus_on(self, place: Focus | None) -> None:
        """Set the focus, and mark everything there as read."""
        self.focus = place
        if place is not None:
            self._with(place).was_read()

    def is_focus(self, place: Focus) -> bool:
        """Return whether plain text goes there."""
        return self.focus is not None and _key(self.focus) == _key(place)

    def find(self, name: str) -> Focus | None:
        """Return the place of a name: a room that the user is in, or else a user.

        `@name` is always a user, and `#name` always a room.
        """
        if name.startswith("@"):
            return UserFocus(self.users.spelled(name[1:])) if name[1:] else None
        room = self.joined.get(name.removeprefix("#"))
        if room is not None or name.startswith("#"):
            return None if room is None else RoomFocus(room)
        user = self.users.get(name)
        if user is not None and name not in self.rooms:
            return UserFocus(user)
        return self.numbered(int(name)) if name.isascii() and name.isdigit() and len(name) < 4 else None

    def numbered(self, number: int) -> Focus | None:
        """Return the conversation with this number, from 1."""
        places = self.conversations
        return places[number - 1].place if 1 <= number <= len(places) else None

    def next_unread(self, step: int = 1) -> Focus | None:
        """Return the next conversation with unread messages, or with -1 the previous one, cyclically."""
        places = self.conversations
        start = next((i for i, each in enumerate(places) if each.place == self.focus), -1 if step > 0 else 0)
        for distance in range(1, len(places) + 1):
            exchange = places[(start + step * distance) % len(places)]
            if exchange.unread:
                return exchange.place
        return None

    def said(self, text: str) -> Say | Tell | None:
        """Return the request that plain text becomes; None without a focus."""
        match self.focus:
            case None:
                return None
            case RoomFocus(name):
                return Say(receiver=name, text=text)
            case UserFocus(name):
                return Tell(receiver=name, text=text)
            case _:
                assert_never(self.focus)

    # What happens.

    def asked(self, command: Request) -> None:
        """Record a request."""
        match command:
            case Say(id=str(id)) | Tell(id=str(id)):
                self.pending[id] = command
            case Create(id=str(id)) | Join(id=str(id)):
                self.entering.add(id)
            case _:
                pass

    def answered(self, event: Success | Error, request: Request | None) -> None:
        """Record the answer to a request."""
        if event.id is not None:
            self.pending.pop(event.id, None)
            self.entering.discard(event.id)
        if isinstance(event, Error):
            self._refused(event, request)
            return
        self._listed(event, request)
        match request:
            case Create(receiver=name) | Join(receiver=name):
                self.entered(name)
            case Leave(receiver=name):
                self.left(name)
            case Close(receiver=name):
                self.closed = name
            case SetRoom(receiver=name) if self.closed is not None:
                if room_key(name) == room_key(self.closed):
                    self.closed = None
            case Tell(receiver=name):
                user = self.users.spelled(name)
                self.users.add(user)
                self._with(UserFocus(user)).was_read()
            case _:
                pass

    def _refused(self, event: Error, request: Request | None) -> None:
        """Record what a refusal says: a user or room is gone, or the user is in a room already."""
        if event.code == ALREADY_MEMBER and isinstance(request, Join):
            self.entered(request.receiver)
        elif request is not None and event.code == "user_not_found":
            self.users.discard(request.receiver)
        elif request is not None and event.code == "room_not_found":
            self.rooms.discard(request.receiver)

    def _listed(self, event: Success, request: Request | None) -> None:
        """Record the names in a list; names that are missing from a complete list are dropped."""
        if not event.more and request == ListUsers(id=event.id):
            self.users = Names(name_key)
        if not event.more and request == ListRooms(id=event.id):
            self.rooms = Names(room_key)
        for user in [*(event.users or ()), *(event.absent or ())]:
            self.users.add(user.name)
        for room in event.rooms or ():
            self.rooms.add(room.name)

    def entered(self, room: str) -> None:
        """Record that the user has joined a room, in its known spelling, and focus it."""
        room = self.rooms.spelled(room)
        self.rooms.add(room)
        self.joined.add(room)
        self.focus_on(RoomFocus(room))

    def returned_to(self, room: str) -> None:
        """Record that the user is in a room, without changing the focus."""
        self.rooms.add(room)
        self.joined.add(room)

    def group_room(self, about: AboutGroups) -> RoomFocus | None:
        """Return the room to talk in after groups were opened or closed; None if the focus is elsewhere.

        That is the group room that the user was put into, or the room of the whole class again.
        """
        focus = self.focus.name if isinstance(self.focus, RoomFocus) else ""
        if about.open and about.own is not None:
            self.returned_to(about.own)
            self._groups[room_key(about.room)] = about.own
            return RoomFocus(about.own) if room_key(focus) == room_key(about.room) else None
        own = None if about.open else self._groups.pop(room_key(about.room), None)
        return RoomFocus(about.room) if own is not None and room_key(focus) == room_key(own) else None

    def left(self, room: str) -> None:
        """Record that the user has left a room; if it had the focus, nothing has the focus now."""
        self.joined.discard(room)
        self._conversations.pop(_key(RoomFocus(room)), None)
        if self.focus is not None and _key(self.focus) == _key(RoomFocus(room)):
            self.focus = None

    def forgot(self, id: str | None) -> None:
        """Record that a request will not be answered."""
        self.pending.pop(id or "", None)
        self.entering.discard(id or "")

    def heard(self, event: Group | Private) -> Seen:
        """Record a message, and return what it means to this user."""
        if event.sender == SERVER:
            return Seen(ignored=self._happened(event) and self._is_quiet(event.receiver))
        if event.sender in self.ignored or event.sender in self.renamed:
            return Seen(ignored=True)
        own = name_key(event.sender) == name_key(self.me)
        if isinstance(event, Group):
            place: Focus = RoomFocus(event.receiver)
            mention = not own and mentions(event.text, self.me)
            if own:
                self._confirmed(event)
        else:
            place = UserFocus(event.receiver if own else event.sender)
            mention = not own
            if not own and not event.replay:
                self.last_sender = event.sender
        if not own:
            self.users.add(event.sender)
        self._count(place, own, mention, event.replay)
        return Seen(mention=mention)

    def _happened(self, event: Group | Private) -> bool:
        """Record who is in which room, and return whether another user joins or leaves."""
        told = happening_of(event)
        if told is not None and told.event == "renamed" and told.user and told.name:
            self._rename(told.user, told.name)
        if told is None or told.room is None or told.user is None or told.event not in JOINED | LEFT:
            return False
        self.rooms.add(told.room)
        self.users.add(told.user)
        if name_key(told.user) != name_key(self.me):
            return True
        self._moved(told.room, present=told.event in JOINED)
        return False

    def _rename(self, old: str, new: str) -> None:
        """Record another user's new name: what is open with that user, or hidden of them, stays."""
        self.users.discard(old)
        self.users.add(new)
        if old in self.ignored or old in self.renamed:
            self.renamed.discard(old)
            self.renamed.add(new)
        if self.last_sender is not None and name_key(self.last_sender) == name_key(old):
            self.last_sender = new
        if self.is_focus(UserFocus(old)):
            self.focus = UserFocus(new)
        known = self._conversations.get(_key(UserFocus(old)))
        if known is not None:
            known.place = UserFocus(new)
            former = _key(known.place)  # perhaps of another user, who had the name before
            left = [each for key, each in self._conversations.items() if each is known or key != former]
            self._conversations = {_key(each.place): each for each in left}

    def _is_quiet(self, room: str) -> bool:
        return room in self.quiet or EVERYWHERE in self.quiet

    def _moved(self, room: str, *, present: bool) -> None:
        """Record that the user has joined a room, or left it, perhaps with another device."""
        if not present:
            self.left(room)
        elif room not in self.joined:
            self.returned_to(room)

    def _confirmed(self, event: Group) -> None:
        """Remove a confirmed message from the pending ones, so that it is not shown twice."""
        room = room_key(event.receiver)
        for id, command in self.pending.items():
            if isinstance(command, Say) and (command.text, room_key(command.receiver)) == (event.text, room):
                del self.pending[id]
                return

    def _count(self, place: Focus, own: bool, mention: bool, replay: bool) -> None:
        exchange = self._with(place)
        looked_at = self.focus is not None and _key(self.focus) == _key(place)
        if own and not replay:
            exchange.was_read()
        elif not looked_at and not replay:
            exchange.unread += 1
            exchange.mentions += mention

    def _with(self, place: Focus) -> OpenConversation:
        known = self._conversations.get(_key(place))
        if known is not None:
            return known
        while len(self._conversations) >= _MOST_CONVERSATIONS:
            del self._conversations[next(iter(self._conversations))]
        self._conversations[_key(place)] = OpenConversation(place)
        return self._conversations[_key(place)]


def _key(place: Focus) -> tuple[type[Focus], str]:
    return type(place), room_key(place.name) if isinstance(place, RoomFocus) else name_key(place.name)
