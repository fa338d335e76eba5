"""A batch that is being written, as its row in the log tells other nodes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classchat.core.entries import Created, Entry
from classchat.core.shared_entries import Numbered, encode
from classchat.journal.batch_rows import Outcome
from classchat.journal.writing import MESSAGES


def encoded(batch: Sequence[Entry], outcome: Outcome, first: Mapping[str, int]) -> tuple[bytes, bool]:
    """Return a batch for other nodes, and whether it has only messages.

    `first` has the last number that a room of the same name has had before, by the keys of new rooms.
    """
    return encode(_numbered(batch, outcome, first))


def _numbered(batch: Sequence[Entry], outcome: Outcome, first: Mapping[str, int]) -> Iterator[Numbered]:
    """Yield the entries with what the journal gives them, as `writing.commit` does."""
    kept = iter(outcome.kept)
    acted = 0
    for entry in batch:
        if isinstance(entry, MESSAGES):
            seq, time, repeated = next(kept)
            yield Numbered(entry, time, seq, repeated)
            continue
        seq = first.get(entry.room.key, 0) if isinstance(entry, Created) else 0
        yield Numbered(entry, outcome.time, seq, bool(entry.acts) and acted in outcome.refused)
        acted += bool(entry.acts)
