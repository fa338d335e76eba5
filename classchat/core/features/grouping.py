"""How students are put into groups: sizes differ by at most one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set

Groups = list[list[str]]
"""Groups of students, each a list of subjects."""

Shuffle = Callable[[list[str]], None]
"""Brings a list into a random order."""

_MOST_LOOKS = 400_000
"""Pairs that are looked at for one request: it runs in one turn of the reactor."""


def number_of_groups(students: int, count: int | None, size: int | None) -> int:
    """Return the number of groups: `count`, or as many as it takes for at most `size` members in each."""
    wanted = count if count is not None else -(-students // (size or 1))
    return max(1, min(wanted, students))


def random_groups(students: Sequence[str], count: int, shuffle: Shuffle) -> Groups:
    """Return random groups."""
    shuffled = list(students)
    shuffle(shuffled)
    return [shuffled[at::count] for at in range(count)]


def new_groups(students: Sequence[str], count: int, earlier: Set[frozenset[str]], shuffle: Shuffle) -> Groups:
    """Return groups in which as few pairs as possible were in one group before."""
    tries = max(1, min(20, _MOST_LOOKS // max(1, len(students) ** 2)))
    found = [_apart(students, count, earlier, shuffle) for _ in range(tries)]
    return min(found, key=lambda groups: _repeated(groups, earlier))


def _apart(
    students: Sequence[str], count: int, earlier: Collection[frozenset[str]], shuffle: Shuffle
) -> Groups:
    shuffled = list(students)
    shuffle(shuffled)
    groups: Groups = [[] for _ in range(count)]
    least, larger = divmod(len(students), count)
    for student in shuffled:
        full = sum(len(group) > least for group in groups)
        most = least + (full < larger)
        free = [group for group in groups if len(group) < most]
        best = min(free, key=lambda group: (_met(student, group, earlier), len(group)))
        best.append(student)
    return groups


def _met(student: str, group: Sequence[str], earlier: Collection[frozenset[str]]) -> int:
    """Return how many of a group a student has met before."""
    return sum(frozenset((student, other)) in earlier for other in group)


def _repeated(groups: Groups, earlier: Set[frozenset[str]]) -> int:
    return sum(len(earlier & pairs(group)) for group in groups)


def pairs(group: Sequence[str]) -> set[frozenset[str]]:
    """Return all pairs of a group."""
    return {frozenset((one, other)) for at, one in enumerate(group) for other in group[at + 1 :]}


def same_groups(students: Sequence[str], before: Sequence[Sequence[str]]) -> Groups:
    """Return the groups of last time, with those who are here; others go to the smallest."""
    here = set(students)
    groups = [[one for one in group if one in here] for group in before]
    known = {one for group in groups for one in group}
    for student in students:
        if student not in known:
            min(groups, key=len).append(student)
    return groups


def section_groups(students: Sequence[str], sections: Mapping[str, str]) -> Groups:
    """Return a group for each section, in order of name; students without a section go to the smallest."""
    named = sorted({sections[one] for one in students if sections.get(one)})
    groups: dict[str, list[str]] = {name: [] for name in named}
    for student in students:
        if sections.get(student):
            groups[sections[student]].append(student)
    for student in students:
        if not sections.get(student) and groups:
            min(groups.values(), key=len).append(student)
    return list(groups.values())
