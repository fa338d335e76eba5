"""The editor's keys that end something, and what it drops, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.output import ColorDepth
from twisted.internet.task import Clock

from classchat.client.screen.completion import Candidate
from classchat.client.screen.desk import Desk
from classchat.client.screen.editor import Editor
from classchat.client.screen.layout import bottom_line


class Modes:
    """The modes of a terminal that does not exist."""

    hides = False

    def size(self) -> tuple[int, int]:
        """Return the usual size."""
        return 80, 24

    def forget(self) -> None:
        """Do nothing: nothing waits here."""


class RecordingDesk(Desk):
    """A desk that records what it is told."""

    is_talking = True

    def __init__(self) -> None:
        self.told: list[str] = []

    def typed(self, line: str) -> None:
        """Record a line."""
        self.told.append(line)

    def remembered(self, text: str) -> str:
        """Return the line as it is."""
        return text

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Offer nothing."""
        return iter(())

    def toolbar(self, columns: int) -> str:
        """Return a toolbar."""
        return "toolbar"

    def leaves(self) -> None:
        """Record that the client leaves."""
        self.told.append("leaves")


@pytest.fixture
def desk() -> RecordingDesk:
    """Return the desk of a user who is signed in."""
    return RecordingDesk()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that was running for a while."""
    clock = Clock()
    clock.advance(1000)
    return clock


@pytest.fixture
def editor(desk: RecordingDesk, clock: Clock) -> Editor:
    """Return an editor."""
    return Editor(desk, clock, Modes(), ColorDepth.DEPTH_1_BIT)  # type: ignore[arg-type]


def bottom(editor: Editor) -> str:
    """Return the line at the bottom."""
    return "".join(fragment[1] for fragment in bottom_line(editor))


# Ctrl+C.


@pytest.mark.parametrize(("seconds", "leaves"), [(0, True), (1.9, True), (2.1, False), (3600, False)])
def test_twice(editor: Editor, desk: RecordingDesk, clock: Clock, seconds: float, leaves: bool) -> None:
    """A second Ctrl+C leaves within two seconds of the first, which says so."""
    editor.interrupt()
    said = bottom(editor)
    clock.advance(seconds)
    editor.interrupt()

    assert ("Press Ctrl+C again to leave", leaves) == (said, desk.told == ["leaves"])


def test_a_line_is_cleared_first(editor: Editor, desk: RecordingDesk) -> None:
    """Ctrl+C drops the line, and nothing else, also the second time."""
    for _ in range(2):
        editor.buffer.insert_text("half a line")
        editor.interrupt()

    assert ("", []) == (editor.buffer.text, desk.told)


def test_before_signing_in(editor: Editor, desk: RecordingDesk) -> None:
    """Before signing in one Ctrl+C is enough."""
    desk.is_talking = False
    editor.interrupt()

    assert ["leaves"] == desk.told


# Passwords.


def test_interrupted_question(editor: Editor, desk: RecordingDesk) -> None:
    """Ctrl+C during a conversation ends a question for a password; a second one leaves."""
    editor.hide(True)
    editor.buffer.insert_text("correct ho")
    editor.interrupt()
    editor.hide(False)
    told = list(desk.told)
    editor.interrupt()

    assert ([""], ["", "leaves"]) == (told, desk.told)


def test_what_is_begun_is_there_again(editor: Editor, desk: RecordingDesk) -> None:
    """A line that was begun before a question comes back after it; the answer does not."""
    editor.buffer.insert_text("half a line")
    editor.hide(True)
    editor.buffer.insert_text("correct horse")
    editor.enter()
    editor.buffer.insert_text("and more")
    editor.hide(False)
    editor.buffer.undo()

    assert (["correct horse"], "half a line") == (desk.told, editor.buffer.text)


def test_a_password_begun_before_the_question(editor: Editor, desk: RecordingDesk) -> None:
    """Text typed before the first question may be a password, so it is dropped."""
    desk.is_talking = False
    editor.buffer.insert_text("correct ho")
    editor.hide(True)
    editor.hide(False)

    assert "" == editor.buffer.text


def test_lines_that_wait(editor: Editor, desk: RecordingDesk) -> None:
    """Text typed while a password is checked is dropped."""
    editor.hide(True)
    editor.pause()
    editor.buffer.insert_text("correct horse")
    editor.enter()
    editor.hide(False)
    editor.resume()

    assert [] == desk.told
