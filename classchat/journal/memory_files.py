"""The shared files that the journal in memory knows: they end with their messages, of which it keeps few."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec.structs import replace

from classchat.core.acts import FileOffered
from classchat.core.shared_files import FileSpace, StoredFile


class MemoryFiles:
    """The files by their numbers."""

    def __init__(self, removed: Callable[[Sequence[StoredFile]], None]) -> None:
        """Hand files that end to `removed`."""
        self._files: dict[int, StoredFile] = {}
        self._removed = removed

    def offer(self, act: FileOffered, kept: Collection[int]) -> bool:
        """Add a file if there is space; `kept` are the numbers of files whose messages are kept."""
        self._drop(kept)
        used = self.space(act.person)
        if (
            used.unfinished >= act.most_unfinished
            or used.of_person + act.file.size > act.most_of_person
            or used.of_all + act.file.size > act.most
        ):
            return False
        self._files[act.file.number] = StoredFile(act.file, act.person, act.conversation, False)
        return True

    def withdraw(self, number: int) -> bool:
        """End an upload that is not finished; return whether there was one."""
        stored = self._files.get(number)
        if stored is None or stored.shared:
            return False
        del self._files[number]
        self._remove([stored])
        return True

    def shared(self, numbers: Iterable[int]) -> None:
        """Record that the messages of files are kept from now on."""
        for number in numbers:
            stored = self._files.get(number)
            if stored is not None:
                self._files[number] = replace(stored, shared=True)

    def find(self, number: int, kept: Collection[int]) -> StoredFile | None:
        """Return a file, unless its message is not kept any more."""
        stored = self._files.get(number)
        return None if stored is None or (stored.shared and number not in kept) else stored

    def space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take."""
        own = [stored for stored in self._files.values() if stored.person == person]
        return FileSpace(
            sum(stored.file.size for stored in own),
            sum(not stored.shared for stored in own),
            sum(stored.file.size for stored in self._files.values()),
        )

    def _drop(self, kept: Collection[int]) -> None:
        gone = [one for one in self._files.values() if one.shared and one.file.number not in kept]
        for stored in gone:
            del self._files[stored.file.number]
        self._remove(gone)

    def _remove(self, gone: Sequence[StoredFile]) -> None:
        """Hand over the files whose contents no other one has."""
        used = {stored.file.sha256 for stored in self._files.values()}
        unneeded = [stored for stored in gone if stored.file.sha256 not in used]
        if unneeded:
            self._removed(unneeded)
