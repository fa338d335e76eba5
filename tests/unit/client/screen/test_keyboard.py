"""Keys: bytes from StandardIO, in pieces of any size, and what they become."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.keys import Keys

from classchat.client.screen.keyboard import KeyInput, TransportFile

PASTE = "\x1b[200~a\nb\x1b[201~"

typed = st.lists(
    st.sampled_from(
        ["a", "é", "愛", "👩🏽\u200d🚀", "\r", "\x03", "\x1b[A", "\x1b1", "\x1b[200~a\nb\x1b[201~"]
    )
).map(lambda keys: "".join(keys).encode())


def keys_of(*chunks: bytes) -> list[tuple[str, str]]:
    """Return the keys of some bytes, as they arrive."""
    keyboard = KeyInput()
    keys = []
    for chunk in chunks:
        keyboard.feed(chunk)
        keys += keyboard.read_keys()
    return [(str(press.key), press.data) for press in keys + keyboard.flush_keys()]


@given(typed, st.lists(st.integers(0, 200)))
def test_any_pieces_are_the_same_keys(data: bytes, cuts: list[int]) -> None:
    """For any pieces of the bytes, even inside a character or a paste, the keys are the same."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(places)]

    assert keys_of(data) == keys_of(*chunks)


@given(st.binary())
def test_garbage(data: bytes) -> None:
    """Bytes that are not text are keys, too, and no error."""
    assert isinstance(keys_of(data), list)


def test_paste_that_does_not_end() -> None:
    """A paste without an end is ended before it takes all memory."""
    keyboard = KeyInput()
    keyboard.feed(b"\x1b[200~")
    for _ in range(101):
        keyboard.feed(b"x" * 10_000)
    keys = [press.key for press in keyboard.read_keys()]

    assert Keys.BracketedPaste in keys


def test_attached() -> None:
    """An attached callback is called when keys arrive, until it is detached."""
    keyboard = KeyInput()
    told: list[str] = []
    with keyboard.attach(lambda: told.append("a")):
        keyboard.feed(b"x")
        with keyboard.detach():
            keyboard.feed(b"y")
    keyboard.feed(b"z")

    assert (["a"], ["x", "y", "z"]) == (told, [press.data for press in keyboard.read_keys()])


def test_output() -> None:
    """Drawn text goes to the transport, as UTF-8."""
    written: list[bytes] = []
    file = TransportFile(written.append)
    file.write("愛")
    file.flush()

    assert ["愛".encode()] == written


def test_held_output() -> None:
    """Held output goes to the transport in one piece, when it is released."""
    written: list[bytes] = []
    file = TransportFile(written.append)
    file.hold()
    for text in ("a", "愛"):
        file.write(text)
        file.hold()
    before = list(written)
    file.let_go()
    file.let_go()
    file.write("b")

    assert ([], ["a愛".encode(), b"b"]) == (before, written)
