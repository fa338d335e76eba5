"""The terminal: lines in, lines and a prompt out."""

from __future__ import annotations

import itertools
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from classchat.client.plain import terminal as terminal_module
from classchat.client.plain.terminal import Terminal, open_terminal
from classchat.client.tty.stdio import restored_terminal
from tests.unit.client.helpers import ERASE, Echo, RecordingTypist, StdioTransport

LONGEST_LINE = 65_536
LONGEST_TYPED = 4_095


class Desk:
    """A terminal, its typist, and its output."""

    def __init__(self, erase: str | None = ERASE) -> None:
        self.clock = Clock()
        self.typist = RecordingTypist()
        self.stdio = StdioTransport()
        self.terminal = Terminal(self.typist, self.clock, erase)
        self.terminal.makeConnection(self.stdio)

    def types(self, *chunks: bytes) -> None:
        """Type, or pipe, bytes in these chunks."""
        for chunk in chunks:
            self.terminal.dataReceived(chunk)

    def ends(self) -> None:
        """End the input."""
        self.terminal.readConnectionLost()

    def closes(self) -> None:
        """Have the output read."""
        self.terminal.connectionLost(Failure(ConnectionDone()))

    @property
    def told(self) -> list[str | tuple[str, str] | tuple[str, int]]:
        """The calls of the typist."""
        return self.typist.told

    @property
    def shown(self) -> str:
        """The output so far."""
        return self.stdio.value().decode()


class HidingTests(SynchronousTestCase):
    """Hidden typing."""

    def setUp(self) -> None:
        """Use a terminal that shows what is typed."""
        self.desk = Desk()
        self.echo = Echo()
        self.desk.terminal = Terminal(self.desk.typist, self.desk.clock, ERASE, echo=self.echo)
        self.desk.terminal.makeConnection(self.desk.stdio)

    def test_echo(self) -> None:
        """The terminal hides typing as long as it is told to."""
        self.desk.terminal.hide(True)
        hidden = not self.echo.is_on
        self.desk.terminal.hide(False)

        assert (True, True) == (hidden, self.echo.is_on)

    def test_what_was_typed_before(self) -> None:
        """Lines that wait, and half a line, are dropped: they were typed for something else."""
        self.desk.terminal.pause()
        self.desk.types(b"one\ntwo\nhal")
        self.desk.terminal.hide(True)
        self.desk.terminal.resume()
        self.desk.types(b"secret\n")

        assert [("typed", "secret")] == self.desk.told

    def test_where_nothing_is_shown_anyway(self) -> None:
        """Piped lines stay."""
        desk = Desk(erase=None)
        desk.terminal.pause()
        desk.types(b"one\n")
        desk.terminal.hide(True)
        desk.terminal.resume()

        assert [("typed", "one")] == desk.told


class ShowingTests(SynchronousTestCase):
    """A terminal of a person."""

    def setUp(self) -> None:
        """Start."""
        self.desk = Desk()
        self.terminal = self.desk.terminal

    def test_line(self) -> None:
        """A shown text is a line."""
        self.terminal.show("Hello")

        assert "Hello\n" == self.desk.shown

    def test_prompt(self) -> None:
        """A prompt stands at the start of the line being typed."""
        self.terminal.prompt("You: ")

        assert "You: " == self.desk.shown

    def test_same_prompt_once(self) -> None:
        """The same prompt is not shown again."""
        self.terminal.prompt("You: ")
        self.terminal.prompt("You: ")

        assert "You: " == self.desk.shown

    def test_message_goes_above_the_prompt(self) -> None:
        """A message replaces the prompt, and the prompt comes again below it."""
        self.terminal.prompt("You: ")
        self.terminal.show("[CS350 - Bob] Hello")

        assert f"You: {ERASE}[CS350 - Bob] Hello\nYou: " == self.desk.shown

    def test_prompt_again_after_a_typed_line(self) -> None:
        """After a typed line the prompt comes again; nothing is erased, because Enter moved the cursor."""
        self.terminal.prompt("You: ")
        self.desk.types(b"/rooms\n")

        assert "You: You: " == self.desk.shown

    def test_answer_stands_between_line_and_prompt(self) -> None:
        """The result of a line is shown below it, and the next prompt below that."""
        self.terminal.prompt("You: ")
        self.desk.typist.reacts = lambda line: self.terminal.show(f"[ERROR] {line}")
        self.desk.types(b"what\n")

        assert "You: [ERROR] what\nYou: " == self.desk.shown

    def test_next_prompt(self) -> None:
        """Another question shows only its own prompt."""
        self.terminal.prompt("Name: ")
        self.desk.typist.reacts = lambda _: self.terminal.prompt("Port: ")
        self.desk.types(b"Alice\n")

        assert "Name: Port: " == self.desk.shown

    def test_no_prompt_any_more(self) -> None:
        """With an empty prompt messages come line by line."""
        self.terminal.prompt("You: ")
        self.terminal.prompt("")
        self.terminal.show("one")
        self.terminal.show("two")

        assert f"You: {ERASE}one\ntwo\n" == self.desk.shown

    def test_progress(self) -> None:
        """What has come so far stands in front of the prompt, and is gone at the end; a typed line stays."""
        self.terminal.prompt("You: ")
        self.terminal.progress("0 %")
        self.terminal.show("one")
        self.desk.clock.advance(1)
        self.terminal.progress("50 %")
        self.desk.types(b"Hello\n")
        self.terminal.progress("")
        self.terminal.show("two")

        begun, half = "0 %  You: ", "50 %  You: "
        erased = f"You: {ERASE}{begun}{ERASE}one\n{begun}{ERASE}{half}{half}{ERASE}You: {ERASE}two\nYou: "
        assert erased == self.desk.shown

    def test_progress_is_drawn_once_a_second(self) -> None:
        """Progress within a second is not drawn, so that a user can see what they type."""
        self.terminal.progress("1 %")
        self.terminal.progress("2 %")
        self.desk.clock.advance(0.9)
        self.terminal.progress("3 %")
        self.desk.clock.advance(0.1)
        self.terminal.progress("4 %")

        assert f"1 %{ERASE}4 %" == self.desk.shown

    def test_progress_fits_into_the_line(self) -> None:
        """Progress is cut so that the prompt is on the same line, which is all that can be erased."""
        self.desk.terminal = Terminal(self.desk.typist, self.desk.clock, ERASE, columns=lambda: 20)
        self.desk.terminal.makeConnection(self.desk.stdio)
        self.desk.terminal.prompt("You: ")
        self.desk.terminal.progress("notes.pdf 50 % of 3 MB")

        assert f"You: {ERASE}notes.pdf 5…  You: " == self.desk.shown

    def test_any_text_can_be_shown(self) -> None:
        """Text that can't be encoded is replaced: showing never fails."""
        self.terminal.show("Zoë \ud800")

        assert "Zoë ?\n" == self.desk.shown

    def test_last_words_that_find_no_place(self) -> None:
        """If the rest can't be written, that is reported; else nothing is."""
        for reason, told in ((ConnectionLost(), ["unheard"]), (ConnectionDone(), [])):
            desk = Desk()
            desk.terminal.show("last words")
            desk.terminal.close()
            desk.terminal.connectionLost(Failure(reason))

            assert told == desk.told

    def test_shows_no_faster_than_is_read(self) -> None:
        """A producer is paused and resumed by the output, until it is unregistered."""
        producer = StringTransport()
        self.terminal.throttle(producer)
        during = (self.desk.stdio.producer, self.desk.stdio.streaming)
        self.terminal.unthrottle()

        assert (producer, True) == during
        assert self.desk.stdio.producer is None

    def test_closing_leaves_the_prompt_s_line(self) -> None:
        """Output after the client, such as a shell's prompt, begins a new line."""
        self.terminal.prompt("You: ")
        self.terminal.close()

        assert "You: \n" == self.desk.shown


@pytest.mark.parametrize("lines", [[], ["one"], ["one", "two"]])
def test_no_prompt_where_none_can_be_erased(lines: list[str]) -> None:
    """In a file or a pipe there are lines, and no prompts."""
    desk = Desk(erase=None)
    desk.terminal.prompt("You: ")
    for line in lines:
        desk.types(b"/rooms\n")
        desk.terminal.show(line)
    desk.terminal.close()

    assert "".join(f"{line}\n" for line in lines) == desk.shown


class TypingTests(SynchronousTestCase):
    """Typed lines, and when they are taken."""

    def setUp(self) -> None:
        """Start."""
        self.desk = Desk()
        self.terminal = self.desk.terminal

    def test_lines(self) -> None:
        """Each line is handed over without its line break, an empty one, too."""
        self.desk.types(b"/join CS350\n/rooms\r\n\n")

        assert [("typed", "/join CS350"), ("typed", "/rooms"), ("typed", "")] == self.desk.told

    def test_a_mark_before_the_first_line(self) -> None:
        """A byte order mark is not part of the first line, however it is split."""
        for chunks in (
            [b"\xef\xbb\xbf/join a\r\n\xef\xbb\xbfb\n"],
            [b"\xef", b"\xbb", b"\xbf/join a\r\n\xef\xbb\xbfb\n"],
        ):
            desk = Desk()
            desk.types(*chunks)

            assert [("typed", "/join a"), ("typed", "\ufeffb")] == desk.told
        desk = Desk()
        desk.types(b"\xef\xbb\xbfonly")
        desk.ends()

        assert [("typed", "only"), "ended"] == desk.told

    def test_half_a_line(self) -> None:
        """A line is handed over when it is complete."""
        self.desk.types(b"/join ")
        before = list(self.desk.told)
        self.desk.types(b"CS350\n")

        assert ([], [("typed", "/join CS350")]) == (before, self.desk.told)

    def test_invalid_utf_8(self) -> None:
        """Bytes that are not UTF-8 are replaced, and the rest of the line stays."""
        self.desk.types(b"caf\xe9 au lait\n")

        assert [("typed", "caf\ufffd au lait")] == self.desk.told

    def test_line_over_the_limit(self) -> None:
        """A line of more than 65 536 bytes is reported once; the next one is handed over as usual."""
        self.desk = Desk(erase=None)
        self.desk.types(
            b"x" * (LONGEST_LINE - 1) + b"\n", b"x" * LONGEST_LINE + b"\n", b"x" * 200_000, b"\n/rooms\n"
        )

        assert [
            ("typed", "x" * (LONGEST_LINE - 1)),
            ("too much", LONGEST_LINE),
            ("too much", LONGEST_LINE),
            ("typed", "/rooms"),
        ] == self.desk.told

    def test_line_that_a_terminal_has_cut(self) -> None:
        """A terminal drops what exceeds 4 096 bytes of a line: such a line is reported, and not sent."""
        self.desk.types(b"x" * (LONGEST_TYPED - 1) + b"\n", b"x" * LONGEST_TYPED + b"\n")

        assert [("typed", "x" * (LONGEST_TYPED - 1)), ("too much", LONGEST_TYPED)] == self.desk.told

    def test_prompt_again_after_a_line_over_the_limit(self) -> None:
        """After a line that is too long the prompt comes again, too."""
        self.terminal.prompt("You: ")
        self.desk.types(b"x" * LONGEST_LINE + b"\n")

        assert "You: You: " == self.desk.shown

    def test_end(self) -> None:
        """The end of the input is reported after the last line."""
        self.desk.types(b"/rooms\n")
        self.desk.ends()

        assert [("typed", "/rooms"), "ended"] == self.desk.told

    def test_last_line_without_newline(self) -> None:
        """A last line may have no line break."""
        self.desk.types(b"/rooms\n/quit")
        self.desk.ends()

        assert [("typed", "/rooms"), ("typed", "/quit"), "ended"] == self.desk.told

    def test_end_is_half_the_connection(self) -> None:
        """The end of the input is not the end of the output."""
        assert IHalfCloseableProtocol.providedBy(self.terminal)

    def test_pause(self) -> None:
        """While paused no line is taken, and no byte is read."""
        self.terminal.pause()
        self.desk.types(b"/rooms\n")

        assert self.desk.stdio.paused
        assert [] == self.desk.told

    def test_resume(self) -> None:
        """After resuming the lines are taken, and more is read."""
        self.terminal.pause()
        self.desk.types(b"/rooms\n/users\n")
        self.terminal.resume()

        assert not self.desk.stdio.paused
        assert [("typed", "/rooms"), ("typed", "/users")] == self.desk.told

    def test_pause_in_the_middle(self) -> None:
        """A typist that pauses at a line does not get the next one, even of the same chunk."""
        self.desk.typist.reacts = lambda _: self.terminal.pause()
        self.desk.types(b"1\n2\n3\n")
        first = list(self.desk.told)
        self.terminal.resume()

        assert [("typed", "1")] == first
        assert [("typed", "1"), ("typed", "2")] == self.desk.told

    def test_pause_and_resume_in_the_middle(self) -> None:
        """A typist that pauses and resumes at a line gets the lines in order."""

        def reacts(line: str) -> None:
            self.terminal.pause()
            self.terminal.resume()
            self.desk.told.append(f"done {line}")

        self.desk.typist.reacts = reacts
        self.desk.types(b"1\n2\n")

        assert [("typed", "1"), "done 1", ("typed", "2"), "done 2"] == self.desk.told

    def test_end_while_paused(self) -> None:
        """The end is reported after all lines are taken."""
        self.terminal.pause()
        self.desk.types(b"1\n2")
        self.desk.ends()
        before = list(self.desk.told)
        self.terminal.resume()

        assert [] == before
        assert [("typed", "1"), ("typed", "2"), "ended"] == self.desk.told

    def test_end_after_a_pause_at_the_last_line(self) -> None:
        """The end waits during a pause, even without lines."""
        self.desk.typist.reacts = lambda _: self.terminal.pause()
        self.desk.types(b"1")
        self.desk.ends()
        before = list(self.desk.told)
        self.terminal.resume()

        assert ([("typed", "1")], [("typed", "1"), "ended"]) == (before, self.desk.told)

    def test_end_is_told_once(self) -> None:
        """The end is reported once, however often the terminal is paused after it."""
        self.desk.ends()
        self.terminal.pause()
        self.terminal.resume()

        assert ["ended"] == self.desk.told

    def test_nobody_reads(self) -> None:
        """A lost reader of the output is reported."""
        self.terminal.writeConnectionLost()

        assert ["unheard"] == self.desk.told


class ClosingTests(SynchronousTestCase):
    """Closing."""

    def setUp(self) -> None:
        """Start."""
        self.desk = Desk()
        self.terminal = self.desk.terminal

    def test_closed_when_all_is_read(self) -> None:
        """Closing is done when the whole output is read."""
        closed = self.terminal.close()
        self.assertNoResult(closed)
        self.desk.closes()

        assert self.successResultOf(closed) is None
        assert self.desk.stdio.disconnecting
        assert [] == self.desk.clock.getDelayedCalls()

    def test_reader_that_does_not_read(self) -> None:
        """The reader has two seconds for the rest."""
        closed = self.terminal.close()
        self.desk.clock.advance(1.9)
        self.assertNoResult(closed)
        self.desk.clock.advance(0.1)

        assert self.successResultOf(closed) is None

    def test_reader_that_reads_too_late(self) -> None:
        """A reader that reads the rest later does no harm."""
        closed = self.terminal.close()
        self.desk.clock.advance(2)
        self.desk.closes()

        assert self.successResultOf(closed) is None

    def test_closing_twice(self) -> None:
        """Closing twice is harmless: both are done after two seconds at the latest."""
        first, second = self.terminal.close(), self.terminal.close()
        self.desk.closes()
        self.desk.clock.advance(2)

        assert self.successResultOf(first) is self.successResultOf(second) is None
        assert [] == self.desk.clock.getDelayedCalls()

    def test_closing_what_is_closed(self) -> None:
        """After the end there is nothing to wait for."""
        self.desk.closes()

        assert self.successResultOf(self.terminal.close()) is None

    def test_closed_terminal_shows_nothing(self) -> None:
        """Showing, pausing and resuming after the end do nothing."""
        self.desk.closes()
        self.terminal.show("Hello")
        self.terminal.prompt("You: ")
        self.terminal.pause()
        self.terminal.resume()

        assert "" == self.desk.shown
        assert not self.desk.stdio.paused


pieces = st.sampled_from(
    [
        b"",
        b"/join CS350",
        b"\r",
        b"\r\r",
        b"\xff\x80",
        "é🙂".encode(),
        b"\x00",
        b"x" * 65_535,
        b"x" * 65_536,
        b"x" * 200_000,
    ]
)
streams = st.lists(st.lists(pieces, max_size=3).map(b"".join), max_size=6).map(b"\n".join)


@given(streams, st.lists(st.integers(min_value=0), max_size=8))
def test_any_chunking_tells_the_same_lines(stream: bytes, places: list[int]) -> None:
    """For any pieces of the input, its lines are passed on unchanged, and then its end."""
    *lines, last = stream.removeprefix(BOM_UTF8).split(b"\n")
    expected: list[str | tuple[str, str] | tuple[str, int]] = [
        ("typed", line.decode(errors="replace").rstrip("\r"))
        if len(line) < LONGEST_LINE
        else ("too much", LONGEST_LINE)
        for line in ([*lines, last] if last else lines)
    ]
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    desk = Desk(erase=None)
    desk.types(*(stream[start:end] for start, end in itertools.pairwise(edges)))
    desk.ends()

    assert [*expected, "ended"] == desk.told


# Opening.


@pytest.mark.parametrize(
    ("terminals", "environment", "shown"),
    [
        ({0, 1}, {"TERM": "xterm"}, "You: \r\x1b[KHello\nYou: "),
        ({0, 1}, {"TERM": "dumb"}, "You: \nHello\nYou: "),
        ({0, 1}, {}, "You: \nHello\nYou: "),
        ({0}, {"TERM": "xterm"}, "Hello\n"),
        ({1}, {"TERM": "xterm"}, "Hello\n"),
        (set(), {"TERM": "xterm"}, "Hello\n"),
    ],
)
def test_open_terminal(
    terminals: set[int], environment: dict[str, str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts need a terminal as input and output, and are erased as that terminal can."""
    stdio = StdioTransport()
    monkeypatch.setattr(terminal_module, "open_streams", lambda protocol: protocol.makeConnection(stdio))
    monkeypatch.setattr(os, "isatty", lambda fd: fd in terminals)
    monkeypatch.delenv("TERM", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal = open_terminal(RecordingTypist(), Clock())
    terminal.prompt("You: ")
    terminal.show("Hello")

    assert shown == stdio.value().decode()


@contextmanager
def _pipe_for_stdio() -> Iterator[tuple[int, int]]:
    """Replace standard input and output by pipes; yields the other ends."""
    kept = [os.dup(fd) for fd in (0, 1)]
    ends = os.pipe()
    try:
        for fd, end in enumerate(ends):
            os.dup2(end, fd)
        yield ends
    finally:
        for fd, original in enumerate(kept):
            os.dup2(original, fd)
        for fd in (*kept, *ends):
            os.close(fd)


def _blocking(fds: tuple[int, int]) -> list[bool]:
    return [os.get_blocking(fd) for fd in fds]


def test_restored_terminal() -> None:
    """The flags of the shell's open files are restored, even if StandardIO has closed its descriptors."""
    with _pipe_for_stdio() as pipe:
        with restored_terminal():
            for fd in (0, 1):
                os.set_blocking(fd, False)
                os.close(fd)
            during = _blocking(pipe)
        after = _blocking(pipe)

    assert ([False, False], [True, True]) == (during, after)


def test_restored_after_a_crash() -> None:
    """An exception passes, and the open files are as before."""

    def crash() -> None:
        with restored_terminal():
            os.set_blocking(0, False)
            raise SystemExit(1)

    with _pipe_for_stdio() as pipe:
        with pytest.raises(SystemExit):
            crash()
        after = _blocking(pipe)

    assert [True, True] == after


def test_nothing_to_restore_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `fcntl` there are no flags to restore, and an exception passes."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(SystemExit) as caught, restored_terminal():
        raise SystemExit(1)

    assert caught.value.__context__ is None


def test_restored_as_found() -> None:
    """A file that was non-blocking before stays so."""
    with _pipe_for_stdio() as pipe:
        os.set_blocking(1, False)
        with restored_terminal():
            os.set_blocking(1, True)
        after = _blocking(pipe)

    assert [True, False] == after


@pytest.mark.parametrize("closed", [[0], [1], [0, 1]])
def test_standard_input_or_output_is_closed(closed: list[int]) -> None:
    """Missing standard streams (`classchat <&-`) are the null device; no other file takes their place."""
    with _pipe_for_stdio():
        for fd in closed:
            os.close(fd)
        with restored_terminal():
            found = [os.path.samestat(os.fstat(fd), os.stat(os.devnull)) for fd in closed]

    assert [True] * len(closed) == found


@pytest.mark.parametrize("erase", [None, "\n"])
def test_no_progress_where_no_line_can_be_erased(erase: str | None) -> None:
    """In a file, in a pipe and on a terminal that can only print there is no progress."""
    desk = Desk(erase)
    desk.terminal.progress("50 %")
    desk.terminal.show("one")
    desk.terminal.progress("")

    assert "one\n" == desk.shown
