"""What happens in a class by itself: a user comes or goes, or a moderator decides something about the room.

If any row changes by that, the change is an entry of SERVER. Only the node whose client has caused it appends
that entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classchat.core.acts import Act
from classchat.core.features import feature_table
from classchat.core.features.decision import known
from classchat.core.features.feature import ClassAsked, Ruling
from classchat.core.features.groups import GroupsRow
from classchat.core.features.rulings import Rulings, nothing
from classchat.core.model import Room, User


class ClassHappenings:
    """Takes note of what has happened in the rooms of classes."""

    def __init__(self, rulings: Rulings) -> None:
        self._rulings = rulings

    def came(self, user: User, room: Room) -> None:
        """Take note of a user who is in a room from now on."""
        if room in self._rulings:
            asked = self._rulings.asked(self._rulings.server, room)
            for came in feature_table.CAME:
                came(asked, str(user.person.number))
            self._by_itself(asked, lambda: self._came_again(user, room), known(user))
            groups = self._rulings.groups(room)
            if groups is not None:
                self._rulings.group_rooms.bring(room, groups, str(user.person.number), self._rulings.now())

    def went(self, user: User, room: Room, *, for_good: bool) -> None:
        """Take note of a user who has left a room: for good, or whose connection was lost."""
        if room in self._rulings:
            asked = self._rulings.asked(self._rulings.server, room)
            for went in feature_table.WENT:
                went(asked, str(user.person.number), guest=user.account is None, for_good=for_good)
            self._by_itself(asked, lambda: self._went_again(user, room, for_good=for_good))
            groups = asked.draft.get(GroupsRow, "")
            if for_good and groups is not None:
                self._rulings.group_rooms.put_out(user, groups)

    def ordered(self, room: Room) -> None:
        """Take note of an order, which may change who teaches in a room, and what may be written there."""
        self._rulings.followers.touch(room)

    def examines(self, room: Room) -> None:
        """Take note of an exam that has begun."""
        if room in self._rulings:
            asked = self._rulings.asked(self._rulings.server, room)
            told = [one for ends in feature_table.EXAM for one in ends(asked)]
            if told:
                self._rulings.append(asked, None, None, Ruling(told=told), nothing)

    def promoted(self, room: Room) -> None:
        """Take note of users who teach in a room from now on."""
        if room in self._rulings:
            asked = self._rulings.asked(self._rulings.server, room)
            for promoted in feature_table.PROMOTED:
                promoted(asked)
            self._by_itself(asked, lambda: self.promoted(room))

    def _came_again(self, user: User, room: Room) -> None:
        """Decide once more, because another node has changed the same rows."""
        if user in room.members:
            self.came(user, room)

    def _went_again(self, user: User, room: Room, *, for_good: bool) -> None:
        """Decide once more, because another node has changed the same rows."""
        if user not in room.members:
            self.went(user, room, for_good=for_good)

    def _by_itself(self, asked: ClassAsked, again: Callable[[], None], acts: Sequence[Act] = ()) -> None:
        if asked.draft.changed:
            self._rulings.append(asked, None, None, Ruling(acts=acts), again)
