"""`classchat send`: its arguments."""

from __future__ import annotations

import io
import sys

import pytest
from twisted.internet.defer import Deferred

from classchat.client.send import SendOptions, _give, _read_text
from classchat.client.settings import Settings
from classchat.messages import Success
from tests.tables import each_case

SETTINGS = Settings({"name": "Alice"}, {"school": {"host": "10.0.0.7", "name": "A"}})


def _read(*words: str, settings: Settings = SETTINGS) -> tuple[object, ...]:
    options = SendOptions(settings)
    options.parseOptions(words)
    return tuple(options[key] for key in ("name", "host", "port", "to", "text"))


@each_case(
    ("words", "said"),
    [
        (["lab", "Hello all"], ("Alice", "127.0.0.1", 5555, "lab", "Hello all")),
        (["lab", "-"], ("Alice", "127.0.0.1", 5555, "lab", "-")),
        (["@Bob", "hi"], ("Alice", "127.0.0.1", 5555, "@Bob", "hi")),
        (["Carol@h:1", "lab", "hi"], ("Carol", "h", 1, "lab", "hi")),
        (["@school", "@Bob", "hi"], ("A", "10.0.0.7", 5555, "@Bob", "hi")),
        (["lab", "hi", "--name", "Carol", "--port=7"], ("Carol", "127.0.0.1", 7, "lab", "hi")),
        (["--host", "h", "--", "lab", "-1"], ("Alice", "h", 5555, "lab", "-1")),
    ],
)
def test_what_to_say(words: list[str], said: tuple[object, ...]) -> None:
    """The last two words are the room or user and the text; an address may stand before them."""
    assert said == _read(*words)


@each_case(
    ("words", "reason"),
    [
        ([], "Expected ROOM and TEXT"),
        (["lab"], "Expected ROOM and TEXT"),
        (["lab", "x\udcff"], "ROOM and TEXT must be UTF-8"),
        (["Alice@h", "lab"], "Expected ROOM and TEXT"),
        (["Alice@h", "lab", "-hi"], "Expected ROOM and TEXT"),
        (["lab", "Hello", "all"], "Unexpected argument 'all': put the text into quotes"),
        (["Carol@h", "lab", "Hello", "all"], "Unexpected argument 'all': put the text into quotes"),
        (["lab", " "], "The text is empty"),
        (["", "hi"], "The room's name is empty"),
        (["@", "hi"], "The room's name is empty"),
        (["NAME@h", "lab", "hi"], "Replace 'NAME' with your own name"),
        (["lab", "hi", "--json"], "Unknown option --json. See"),
    ],
)
def test_a_mistake(words: list[str], reason: str) -> None:
    """A missing or superfluous word gives a sentence, and the exit code is 2."""
    with pytest.raises(SystemExit) as caught:
        _read(*words)

    assert (2, True) == (caught.value.code, str(caught.value).startswith(f"classchat: {reason}"))


def test_a_name_is_needed() -> None:
    """A script is not asked for a name."""
    with pytest.raises(SystemExit, match="A user name is needed: give --name NAME"):
        _read("lab", "hi", settings=Settings())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfone\r\ntwo\r\n", "one\ntwo"),
        ("Grüße\n\n".encode(), "Grüße"),
        (b"\xff\n", "classchat: The text is not UTF-8."),
        (b"\n", "classchat: The text is empty: nothing was sent."),
        (b"", "classchat: The text is empty: nothing was sent."),
        (b"x" * 100_000, "classchat: The text is too long (at most 65536 bytes)."),
    ],
)
def test_a_text_from_a_pipe(monkeypatch: pytest.MonkeyPatch, data: bytes, text: str) -> None:
    """Standard input is read as UTF-8, without its last line break; a text that can't be sent is refused."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    try:
        got = _read_text()
    except SystemExit as refusal:
        got = str(refusal)

    assert text == got


class Room:
    """A bot in a room where only the staff read what students write."""

    async def join(self, room: str) -> Success:
        """Join."""
        return Success("SERVER", "Alice", f"You have joined '{room}'")

    async def say(self, room: str, text: str) -> Success:
        """Say something to the staff."""
        return Success("SERVER", "Alice", "Only the staff read it", held=True)

    async def leave(self, room: str) -> Success:
        """Leave."""
        return Success("SERVER", "Alice", f"You have left '{room}'")


def test_a_message_that_only_the_staff_read(capsys: pytest.CaptureFixture[str]) -> None:
    """A script is told that its message did not go to the room."""
    options = SendOptions(SETTINGS)
    options.parseOptions(["CS350", "Hello"])
    Deferred.fromCoroutine(_give(Room(), "CS350", options))

    assert "classchat: Only the staff read it.\n" == capsys.readouterr().err
