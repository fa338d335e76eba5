"""Stored messages: the events that clients get of them."""

from __future__ import annotations

from classchat.core.shared_files import FileReader, SharedFile
from classchat.core.stored import StoredMessage
from classchat.messages import Group
from tests.unit.helpers import RecordingPeer

NOW = "2026-11-29T10:00:00.000Z"


class _Curious(RecordingPeer):
    """A client of which it is counted how often its link to the page is asked for."""

    asked = 0

    @property  # type: ignore[override]
    def reader(self) -> FileReader:
        """Count, and return a reader."""
        self.asked += 1
        return FileReader(1, "http://chat.example/")


def test_a_message_without_a_file_asks_for_no_link() -> None:
    """Its event is made without the client's link to the page, which costs as much as ten messages."""
    peer = _Curious()
    event = StoredMessage(1, NOW, "Alice", "CS350", "Hello", private=False).event(peer)

    assert Group("Alice", "CS350", "Hello", seq=1, time=NOW, replay=True) == event
    assert 0 == peer.asked


def test_a_message_with_a_file_has_the_link_of_its_reader() -> None:
    """Each client gets a link of its own."""
    peer = _Curious()
    file = SharedFile(5, b"k" * 16, "notes.pdf", 3, "ab" * 32)
    event = StoredMessage(1, NOW, "Alice", "CS350", "x", private=False, file=file).event(peer)

    assert event.file is not None
    assert event.file.link in event.text
    assert 1 == peer.asked
