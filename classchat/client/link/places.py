"""The last known message of each conversation, from which later ones are requested."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.client.spelling import name_key, room_key
from classchat.messages import Group, Private, Since, Success

_MOST_DIALOGS = 200  # as many as fit into one line together with a hundred rooms, all with the longest names
_MOST_LATEST = 1_000  # latest messages, each of a user in one conversation
_MOST_ROOMS = 10_000  # a hostile server can put a user into any number of rooms
_LONGEST_TIME = 64
_LONGEST_NAME = 255  # characters; no server's names are longer, and folding the case of much more takes long


@dataclass(frozen=True)
class Place:
    """The last message that is known of a conversation; `epoch` names the journal that numbered it."""

    epoch: str | None
    seq: int
    time: str = ""


class Places:
    """The user's rooms and private conversations, and the last known message of each."""

    def __init__(self, me: str = "") -> None:
        """Keep the places of the user `me`."""
        self._me = name_key(me)
        self.epoch: str | None = None
        """The journal of the last server; None if it has not named one."""
        self._rooms: dict[str, tuple[str, Place | None]] = {}
        self._dialogs: dict[str, tuple[str, Place]] = {}
        self._latest: dict[tuple[str, bool, str], int] = {}  # by conversation, and who has said it
        self._forgotten = ""  # up to when private messages of users not in _dialogs are known

    @property
    def rooms(self) -> list[str]:
        """The user's rooms, in the order of joining."""
        return [name for name, _ in self._rooms.values()]

    def welcomed(self, epoch: str | None) -> None:
        """Record the server's journal; numbers of another one mean nothing any more."""
        if epoch != self.epoch and self.epoch is not None:
            self._dialogs.clear()
            self._forgotten = ""
        self.epoch = epoch

    def joined(self, room: str, answer: Success) -> None:
        """Record that the user is in a room, from its last message on."""
        if self._has_place_for(room):
            self._rooms[room_key(room)] = (room, self._told(answer))

    def entered(self, room: str) -> None:
        """Record a room that another device of the same user has joined."""
        if self._has_place_for(room):
            self._rooms.setdefault(room_key(room), (room, None))

    def _has_place_for(self, room: str) -> bool:
        """Return whether a room is remembered: of very many rooms the last ones are not."""
        known = len(self._rooms) < _MOST_ROOMS or room_key(room) in self._rooms
        return known and len(room) <= _LONGEST_NAME

    def rejoined(self, room: str, answer: Success) -> None:
        """Record a room that was rejoined: what was missed is replayed, unless the journal is another one."""
        _, place = self._rooms.get(room_key(room), (room, None))
        if place is None or answer.epoch != place.epoch:
            self.joined(room, answer)

    def caught_up(self, room: str, answer: Success) -> None:
        """Record that all missed messages of a rejoined room have arrived."""
        name, place = self._rooms.get(room_key(room), (room, None))
        told = self._told(answer)
        if place is not None and told is not None and place.seq < told.seq:
            self._rooms[room_key(room)] = (name, told)

    def left(self, room: str) -> None:
        """Record that the user is no longer in a room."""
        self._rooms.pop(room_key(room), None)

    def since(self, room: str) -> Since | None:
        """Return the `since` for rejoining a room; None if no message is known."""
        _, place = self._rooms.get(room_key(room), (room, None))
        return None if place is None or place.epoch is None else Since(place.epoch, place.seq)

    def knows(self, room: str) -> bool:
        """Return whether the user is in a room."""
        return room_key(room) in self._rooms

    def is_me(self, user: str) -> bool:
        """Return whether a name is the user's own."""
        return name_key(user) == self._me

    def renamed(self, old: str, new: str) -> None:
        """Record that a user, perhaps this one, has another name: the conversation with them goes on."""
        if self.is_me(old):
            self._me = name_key(new)
        _, place = self._dialogs.pop(name_key(old), ("", None))
        if place is not None:
            self._dialogs[name_key(new)] = (new[:_LONGEST_NAME], place)

    def since_all(self) -> Since | None:
        """Return the `since` for signing in again: of the private conversations, and of the rooms.

        Only users with an account are back in their rooms with that; guests rejoin.
        """
        if self.epoch is None:
            return None
        rooms = {
            name: place.seq
            for name, place in self._rooms.values()
            if place is not None and place.epoch == self.epoch
        }
        return Since(self.epoch, 0, {name: place.seq for name, place in self._dialogs.values()}, rooms)

    def is_new(self, event: Group | Private) -> bool:
        """Record a message, and return whether it is new.

        Only a replayed message can be known already. The numbers of a private conversation start over with a
        new person of the same name, so both number and time are compared.
        """
        if event.seq is None:
            return True
        self._said(event, event.seq)
        place = Place(self.epoch, event.seq, (event.time or "")[:_LONGEST_TIME])
        match event:
            case Group():
                return self._is_new_in_room(event, place)
            case Private():
                return self._is_new_in_dialog(event, place)

    def _said(self, event: Group | Private, seq: int) -> None:
        """Record the number of a message, unless it was deleted."""
        if event.deleted is not None:
            return
        private = isinstance(event, Private)
        if event.replay and seq < (self.last_of(event.receiver, private, event.sender) or 0):
            return
        other = event.sender if private and not self.is_me(event.sender) else event.receiver
        self.said(other, private, event.sender, seq)

    def said(self, name: str, private: bool, user: str, seq: int) -> None:
        """Record the number of a message of a user in a room, or with another user."""
        place = _latest_key(name, private, user)
        self._latest.pop(place, None)
        self._latest[place] = seq
        if len(self._latest) > _MOST_LATEST:
            del self._latest[next(iter(self._latest))]

    def last_of(self, name: str, private: bool, user: str) -> int | None:
        """Return the number of a user's latest message in a room, or with another user, if it is known."""
        return self._latest.get(_latest_key(name, private, user))

    def deleted(self, name: str, private: bool, user: str, number: int) -> None:
        """Forget a message that was deleted."""
        if self._latest.get(_latest_key(name, private, user)) == number:
            del self._latest[_latest_key(name, private, user)]

    def _is_new_in_room(self, event: Group, place: Place) -> bool:
        name, before = self._rooms.get(room_key(event.receiver), (event.receiver, None))
        if event.replay and before is not None and place.seq <= before.seq:
            return False
        if room_key(name) in self._rooms:
            self._rooms[room_key(name)] = (event.receiver[:_LONGEST_NAME], place)
        return True

    def _is_new_in_dialog(self, event: Private, place: Place) -> bool:
        other = (event.receiver if self.is_me(event.sender) else event.sender)[:_LONGEST_NAME]
        _, before = self._dialogs.get(name_key(other), ("", None))
        if event.replay and self._is_known(place, before):
            return False
        self._dialogs.pop(name_key(other), None)  # the most recent one is forgotten last
        self._dialogs[name_key(other)] = (other, place)
        if len(self._dialogs) > _MOST_DIALOGS:
            _, forgotten = self._dialogs.pop(next(iter(self._dialogs)))
            self._forgotten = max(self._forgotten, forgotten.time)
        return True

    def _is_known(self, place: Place, before: Place | None) -> bool:
        if before is None:
            return "" < place.time <= self._forgotten
        return place.seq <= before.seq and place.time <= before.time

    def _told(self, answer: Success) -> Place | None:
        if answer.epoch is None or answer.seq is None:
            return None
        return Place(answer.epoch, answer.seq)


def _latest_key(name: str, private: bool, user: str) -> tuple[str, bool, str]:
    short, who = name[:_LONGEST_NAME], user[:_LONGEST_NAME]
    return name_key(short) if private else room_key(short), private, name_key(who)
