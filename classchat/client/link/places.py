"""How far one has got in each conversation, so that what is said there meanwhile can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.client.spelling import name_key, room_key
from classchat.messages import Group, Private, Since, Success

_MOST_DIALOGS = 200  # what one line can say of, beside a hundred rooms, with names of the longest kind
_MOST_ROOMS = 10_000  # a hostile server can put one into any number of rooms
_LONGEST_TIME = 64
_LONGEST_NAME = 255  # characters; no server's names are longer, and folding the case of much more takes long


@dataclass(frozen=True)
class Place:
    """The last message that one has of a conversation; `epoch` tells which journal numbered it."""

    epoch: str | None
    seq: int
    time: str = ""


class Places:
    """The rooms one is in and the people one has heard from, and how far one has got with each."""

    def __init__(self, me: str = "") -> None:
        """Be the places of `me`."""
        self._me = name_key(me)
        self.epoch: str | None = None
        """The journal of the server that welcomed us last; None if it told none."""
        self._rooms: dict[str, tuple[str, Place | None]] = {}
        self._dialogs: dict[str, tuple[str, Place]] = {}
        self._forgotten = ""  # until when we have all private messages of those who are not in _dialogs

    @property
    def rooms(self) -> list[str]:
        """The rooms one is in, in the order in which one came there."""
        return [name for name, _ in self._rooms.values()]

    def welcomed(self, epoch: str | None) -> None:
        """Know which journal the server keeps; what another one numbered says nothing any more."""
        if epoch != self.epoch and self.epoch is not None:
            self._dialogs.clear()
            self._forgotten = ""
        self.epoch = epoch

    def joined(self, room: str, answer: Success) -> None:
        """Be in a room, from its last message on."""
        if self._has_place_for(room):
            self._rooms[room_key(room)] = (room, self._told(answer))

    def entered(self, room: str) -> None:
        """Be in a room without having asked for it: another device of the same user did."""
        if self._has_place_for(room):
            self._rooms.setdefault(room_key(room), (room, None))

    def _has_place_for(self, room: str) -> bool:
        """Return whether a room is remembered: of very many, those one came to last are not."""
        known = len(self._rooms) < _MOST_ROOMS or room_key(room) in self._rooms
        return known and len(room) <= _LONGEST_NAME

    def rejoined(self, room: str, answer: Success) -> None:
        """Be in a room again: what was missed in it is replayed, unless its journal is another one."""
        _, place = self._rooms.get(room_key(room), (room, None))
        if place is None or answer.epoch != place.epoch:
            self.joined(room, answer)

    def caught_up(self, room: str, answer: Success) -> None:
        """Have all that can be had of what was missed in a room that one is in again."""
        name, place = self._rooms.get(room_key(room), (room, None))
        told = self._told(answer)
        if place is not None and told is not None and place.seq < told.seq:
            self._rooms[room_key(room)] = (name, told)

    def left(self, room: str) -> None:
        """Be in a room no more."""
        self._rooms.pop(room_key(room), None)

    def since(self, room: str) -> Since | None:
        """Return what to say when one joins a room again; None if there is nothing to say."""
        _, place = self._rooms.get(room_key(room), (room, None))
        return None if place is None or place.epoch is None else Since(place.epoch, place.seq)

    def knows(self, room: str) -> bool:
        """Tell whether one is in a room."""
        return room_key(room) in self._rooms

    def is_me(self, user: str) -> bool:
        """Tell whether a name is one's own."""
        return name_key(user) == self._me

    def since_all(self) -> Since | None:
        """Return what to say when one signs in again: of the private conversations, and of the rooms.

        Only who has an account is back in his rooms with that; to others a server says nothing of them.
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
        """Take note of a message, and tell whether it is one that was not heard before.

        Only what is replayed can have been heard before. A private conversation's numbers begin anew when
        the other is a new person of that name, so there it is number and time that tell.
        """
        if event.seq is None:
            return True
        place = Place(self.epoch, event.seq, (event.time or "")[:_LONGEST_TIME])
        match event:
            case Group():
                return self._is_new_in_room(event, place)
            case Private():
                return self._is_new_in_dialog(event, place)

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
        self._dialogs.pop(name_key(other), None)  # who spoke last is forgotten last
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
