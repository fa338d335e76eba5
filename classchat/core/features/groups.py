"""Groups: rooms for some students each, for a while. `group_rooms.py` carries out what is decided here."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Mapping

from classchat.class_commands import MOST_GROUPS, SetGroups
from classchat.class_events import AboutGroups, GroupsSet, GroupsView
from classchat.core.features import grouping
from classchat.core.features.class_permissions import role_of
from classchat.core.features.decision import known
from classchat.core.features.feature import ClassAsked, Ruling, later, no_longer
from classchat.core.features.rows import ClassRow, Draft, next_number
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, NotAllowed, TooMany
from classchat.names import SERVER, is_name
from classchat.texts import stamp

NAME = "groups"
_MOST_REMEMBERED = 20
"""Earlier groupings that are avoided."""

_MOST_SKIPPED = 1_000
"""Names of rooms that are looked at for one request."""


class GroupsRow(ClassRow, frozen=True):
    """The groups that are open, or were open last; the key is `""`."""

    kind = "groups"
    lasting = True

    number: int
    by: str
    open: bool
    until: int | None
    rooms: dict[str, list[str]]
    """The students of each room, by its name, as subjects."""

    names: dict[str, str]
    """Their names at that time, by subject."""


class GroupRoomRow(ClassRow, frozen=True):
    """A room that was made for groups; the key is its name."""

    kind = "group_room"
    lasting = True


class EarlierGroupsRow(ClassRow, frozen=True):
    """Groups that were open before; the key is their number."""

    kind = "earlier_groups"
    lasting = True

    groups: list[list[str]]


class GroupsMadeRow(ClassRow, frozen=True):
    """Groups, for exports; the key is their number."""

    kind = "groups_made"
    remembered = False

    by: str
    at: int
    rooms: dict[str, list[str]]
    """The names of the students of each room."""


def set_groups(asked: ClassAsked, command: SetGroups) -> Ruling:
    """Open group rooms, or close them.

    Raises:
        InvalidFormat: there is no such way to make groups, or their number is missing.
        NotAllowed: no student is here, or there are no earlier groups, or no sections.
        TooMany: there would be too many rooms.
    """
    how = command.text.strip().lower() or "random"
    if how == "close":
        before = asked.draft.get(GroupsRow, "")
        if before is None or not before.open:
            raise NotAllowed(f"no groups are open in room '{asked.room.name}'")
        return Ruling(GroupsSet(False), _close(asked, before, asked.user.name))
    if how not in ("random", "new", "same", "section"):
        raise InvalidFormat("the text must be random, new, same, section or close", command.id)
    if how in ("random", "new") and (command.count is None) == (command.size is None):
        raise InvalidFormat("give the count of the groups, or their size", command.id)
    students = present(asked)
    if not students:
        raise NotAllowed(f"no student is in room '{asked.room.name}'")
    return _open(asked, command, _made(asked, how, command, students))


def present(asked: ClassAsked) -> list[str]:
    """Return the subjects of the students who are here, in the order of their names."""
    return [
        str(user.person.number)
        for user in asked.room.members
        if user.connected and role_of(user, asked.room) == "student"
    ]


def _made(asked: ClassAsked, how: str, command: SetGroups, students: list[str]) -> grouping.Groups:
    earlier = [row.groups for row in asked.draft.all(EarlierGroupsRow).values()]
    shuffle = random.Random(secrets.randbits(64)).shuffle  # noqa: S311  # nobody gains by guessing it
    count = grouping.number_of_groups(len(students), command.count, command.size)
    match how:
        case "same":
            if not earlier:
                raise NotAllowed(f"there were no groups in room '{asked.room.name}' before")
            return grouping.same_groups(students, earlier[-1])
        case "section":
            groups = grouping.section_groups(students, asked.sections)
            if not groups:
                raise NotAllowed("no student who is here has a section on the roster")
            return groups
        case "new":
            pairs = {pair for groups in earlier for group in groups for pair in grouping.pairs(group)}
            return grouping.new_groups(students, count, pairs, shuffle)
        case _:
            return grouping.random_groups(students, count, shuffle)


def _open(asked: ClassAsked, command: SetGroups, groups: grouping.Groups) -> Ruling:
    if len(groups) > MOST_GROUPS:
        raise TooMany("groups", MOST_GROUPS)
    draft, by = asked.draft, asked.user.name
    rooms = dict(zip(_names(asked, len(groups)), groups, strict=True))
    earlier = draft.all(EarlierGroupsRow)
    number = next_number(earlier)
    until = None if command.seconds is None else asked.now + command.seconds * 1000
    names = {one: asked.name_of(one, "") for group in groups for one in group}
    draft.put("", GroupsRow(number, by, True, until, rooms, names))
    for name in rooms:
        draft.put(name, GroupRoomRow())
    draft.put(str(number), EarlierGroupsRow(groups))
    for old in list(earlier)[: len(earlier) + 1 - _MOST_REMEMBERED]:
        draft.drop(EarlierGroupsRow, old)
    named = {room: [names[one] for one in group] for room, group in rooms.items()}
    draft.put(str(number), GroupsMadeRow(by, asked.now, named))
    if until is None:
        no_longer(draft, NAME, "")
    else:
        later(draft, NAME, "", until)
    end = "" if until is None else stamp(until)
    told = [Telling("room", AboutGroups(asked.room.name, by, True, len(rooms), None, end))]
    for room, group in rooms.items():
        about = AboutGroups(asked.room.name, by, True, len(rooms), room, end)
        told += [Telling("person", about, one, kept=False) for one in group]
    users = (asked.user_of(one) for one in names)
    acts = [act for user in users if user is not None for act in known(user)]
    return Ruling(GroupsSet(True, len(rooms)), told, acts=acts)


def _names(asked: ClassAsked, count: int) -> list[str]:
    """Return the names of group rooms: rooms that were made for that, or free names."""
    own, registry, limits = asked.draft.all(GroupRoomRow), asked.directory.rooms, asked.directory.limits
    names: list[str] = []
    new = 0
    for number in range(1, count + _MOST_SKIPPED):
        name = f"{asked.room.name}-{number}"
        existing = registry.find(name)
        if existing is None or existing.name in own:
            new += existing is None
            names.append(name if existing is None else existing.name)
        if len(names) == count:
            break
    if len(names) < count or registry.lasting + new > limits.kept_rooms:
        raise TooMany("rooms that stay when everybody has left", limits.kept_rooms)
    if not is_name(names[-1], limits.room_name):
        raise NotAllowed(f"the name of room '{asked.room.name}' is too long for group rooms")
    return names


def _close(asked: ClassAsked, row: GroupsRow, by: str) -> list[Telling]:
    asked.draft.put("", GroupsRow(row.number, row.by, False, None, row.rooms, row.names))
    no_longer(asked.draft, NAME, "")
    return [Telling("room", AboutGroups(asked.room.name, by, False))]


def came(asked: ClassAsked, subject: str) -> None:
    """Put a student who comes late into the smallest group."""
    row, user = asked.draft.get(GroupsRow, ""), asked.user_of(subject)
    if row is None or not row.open or user is None or role_of(user, asked.room) != "student":
        return
    if any(subject in group for group in row.rooms.values()):
        return
    smallest = min(row.rooms, key=lambda name: len(row.rooms[name]))
    rooms = {name: [*group, subject] if name == smallest else group for name, group in row.rooms.items()}
    names = {**row.names, subject: user.name}
    asked.draft.put("", GroupsRow(row.number, row.by, True, row.until, rooms, names))
    asked.draft.put(str(row.number), EarlierGroupsRow(list(rooms.values())))


def due(asked: ClassAsked, about: str, *, late: bool) -> Ruling:  # noqa: ARG001
    """Close the groups."""
    row = asked.draft.get(GroupsRow, "")
    if row is None or not row.open:
        return Ruling()
    return Ruling(told=_close(asked, row, SERVER))


def close(asked: ClassAsked) -> list[Telling]:
    """Close the groups, because the session ends or an exam begins."""
    row = asked.draft.get(GroupsRow, "")
    return [] if row is None or not row.open else _close(asked, row, asked.user.name)


def view(asked: ClassAsked) -> GroupsView | None:
    """Return the groups as a user may see them."""
    row = asked.draft.get(GroupsRow, "")
    if row is None or not row.open:
        return None
    shown = row.rooms if asked.staff else _of(row.rooms, asked.subject)
    rooms = {
        name: [asked.name_of(one, row.names.get(one, "")) for one in group] for name, group in shown.items()
    }
    return GroupsView(rooms, "" if row.until is None else stamp(row.until))


def _of(rooms: Mapping[str, Iterable[str]], subject: str) -> dict[str, list[str]]:
    return {name: list(group) for name, group in rooms.items() if subject in group}


def own_rooms(draft: Draft) -> list[str]:
    """Return the names of all rooms that were made for groups."""
    return list(draft.all(GroupRoomRow))
