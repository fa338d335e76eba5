"""Checks the contents of shared files: all that messages have must be there, and nothing else."""

from __future__ import annotations

from classchat.contents import Contents
from classchat.journal.reader import Reader


def damaged_files(reader: Reader, contents: Contents) -> list[str]:
    """Return a sentence for each content that is missing, damaged, or left behind.

    What a running server uploads or deletes meanwhile is no damage: each content is looked for twice.
    """
    before = list(contents.all())
    needed = reader.needed_contents()
    wrong = []
    shared = {file.sha256: file.size for file in needed if file.shared}
    for sha256, size in shared.items():
        if not contents.holds(sha256, size):
            wrong.append(f"The content of a shared file is missing: {sha256}, {size} bytes.")
        elif not contents.is_intact(sha256):
            wrong.append(f"The content of a shared file is damaged: {sha256}.")
    digests = {file.sha256 for file in needed}
    unfinished = {file.number for file in needed if not file.shared}
    for found in before:
        known = found.sha256 in digests if found.sha256 else found.number in unfinished
        if not known and found.path.exists():
            wrong.append(
                f"'{found.path}' belongs to no message: a server deletes it soon after its next start."
            )
    return wrong
