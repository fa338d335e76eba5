"""Deletes the contents of shared files that no message needs any more: step by step, in the writer's thread.

A content is deleted only while no file can get it: the look and the deletion are one transaction. What a
server that was killed has left behind is found by the first step after the next start.
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.contents import Contents
from classchat.journal.batch_store import BatchStore


class Sweeping:
    """One directory of contents, kept as the journal says."""

    def __init__(
        self, store: BatchStore, contents: Contents, unfinished: float, now: Callable[[], int]
    ) -> None:
        """Uploads may take `unfinished` seconds; `now` returns the time of day in milliseconds."""
        self._store = store
        self._contents = contents
        self._unfinished = unfinished
        self._now = now
        self._searched = False

    def step(self) -> int:
        """Delete what has ended since the last step; return 0 if that was all.

        Raises:
            FAILURES: the journal can't be written to.
            OSError: the directory can't be.
        """
        if not self._contents.usable:
            return 0
        if not self._searched:
            self._remove_orphans()
            self._searched = True
        dropped = self._store.drop_files(self._now() - int(self._unfinished * 1000))
        for file in dropped:
            self._contents.remove_part(file.number)
            self._store.unless_needed(file.sha256, self._contents.remove)
        return len(dropped)

    def _remove_orphans(self) -> None:
        """Delete contents that no file has, and parts of uploads that nobody can finish."""
        needed = self._store.needed_contents()
        unfinished = {one.number for one in needed if not one.shared}
        digests = {one.sha256 for one in needed}
        for found in list(self._contents.all()):
            if found.sha256 and found.sha256 not in digests:
                self._store.unless_needed(found.sha256, self._contents.remove)
            elif not found.sha256 and found.number not in unfinished:
                self._contents.remove_part(found.number)
