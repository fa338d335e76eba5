"""What the server sends is what it sent when it was recorded, but for what is intended to differ."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from classchat.class_commands import Classing
from classchat.errors import ChatError, Goodbye
from classchat.messages import Assist, Command, Delete, ShareFile, Unassist
from tests.wire_recording.comparison import RECORDED, Comparison
from tests.wire_recording.differences import Added, Changed
from tests.wire_recording.intended import INTENDED
from tests.wire_recording.scenes import all_scenes

SCENES = all_scenes()

_OF_A_CODE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "Timeout": lambda error: error["receiver"] == "",
    "Silent": lambda error: error["receiver"] != "",
    "Kicked": lambda error: "room" in error,
    "SentAway": lambda error: "room" not in error,
}
"""Which errors are of a class, where several classes have the same code."""


_YOUNGER = {
    "FileTooLarge",
    "FilesOff",
    "HandsClosed",
    "HereClosed",
    "MessageNotFound",
    "NoHand",
    "NoSpaceForFile",
    "NotOnRoster",
    "Overtaken",
    "PollClosed",
    "PollNotFound",
    "QuestionNotFound",
    "QuestionsClosed",
    "SentAway",
    "SlowMode",
    "StaffOnly",
    "TooOld",
    "WrongCode",
    "WrongJoinCode",
}
"""The errors of classes, `delete`, files and several servers, which are younger than the recording."""


@pytest.fixture(autouse=True)
def troubles_are_no_failures(nothing_logged: list[str]) -> Iterator[None]:
    """A disk that fails, and a bug of ours, are parts of the scenes."""
    yield
    gc.collect()  # a Deferred's failure that nobody took is logged when it is collected
    nothing_logged[:] = [
        logged for logged in nothing_logged if "journal" not in logged and "RuntimeError: a bug" not in logged
    ]


@pytest.fixture(scope="module")
def played() -> dict[str, str]:
    """Return what each scene played so far has come to."""
    return {}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Return what has compared all scenes so far."""
    return Comparison(INTENDED)


@pytest.mark.parametrize("name", SCENES)
def test_scene(name: str, played: dict[str, str], comparison: Comparison) -> None:
    """A scene sends the bytes that were recorded, but for intended differences."""
    played[name] = SCENES[name].play()

    assert [] == comparison.with_recording(name, played[name], later=SCENES[name].later)


def test_intended_differences_are_in_use(played: dict[str, str], comparison: Comparison) -> None:
    """Each intended difference is found in some line, once all scenes are compared."""
    if len(played) < len(SCENES):
        pytest.skip("only some scenes were played")

    assert [] == comparison.unused()


def test_recording_is_of_these_scenes() -> None:
    """There is a recording of each scene, and of nothing else."""
    assert sorted(SCENES) == sorted(path.stem for path in RECORDED.glob("*.txt"))


_LATER = (Classing, Assist, Unassist, Delete, ShareFile)
"""The commands that are younger than the recording."""


def test_every_command_is_sent() -> None:
    """The scenes contain every command, but those that are younger than the recording."""
    sent = {message["status"] for message in _messages("->")}
    recorded = {kind for kind in get_args(Command) if not issubclass(kind, _LATER)}

    assert set() == {str(kind.__struct_config__.tag) for kind in recorded} - sent


def test_every_error_is_received() -> None:
    """The scenes contain an error of every class, but those that are younger than the recording."""
    errors = [message for message in _messages("<-") if message["status"] == "error"]
    received = {kind.__name__ for kind in _kinds(ChatError) for error in errors if _is_of(kind, error)}

    assert set() == {kind.__name__ for kind in _kinds(ChatError)} - {"Goodbye"} - received - _YOUNGER


def test_changed_text_is_expected() -> None:
    """A text that is changed on purpose is expected where the old one was recorded, and nowhere else."""
    changed = Changed("{user} is here no more: {why*}", "{user} has left ({why})")
    comparison = Comparison([changed])
    line = 'bob <- {{"status":"group","sender":"SERVER","receiver":"R","text":"{}","seq":1}}'
    before, after = line.format("Al is here no more: a b"), line.format("Al has left (a b)")

    assert [] == comparison.differences(before, after)
    assert [] != comparison.differences(before, before)
    assert [] != comparison.differences(after, before)


def test_added_field_is_expected_behind_the_others() -> None:
    """A field that is added on purpose has to be there, with its value, after all that was recorded."""
    comparison = Comparison([Added("group", "{user} has come", {"event": "joined", "user": "{user}"})])
    line = 'bob <- {{"status":"group","sender":"SERVER","receiver":"R","text":"Al has come"{}}}'
    before, after = line.format(""), line.format(',"event":"joined","user":"Al"')

    assert [] == comparison.differences(before, after)
    assert [] != comparison.differences(before, before)
    assert [] != comparison.differences(before, line.format(',"user":"Al","event":"joined"'))
    assert [] != comparison.differences(before, line.format(',"event":"joined","user":"Bo"'))
    assert [] != comparison.differences(before, line.format(',"event":"joined","user":"Al","x":1'))


def test_difference_that_is_not_met_is_named() -> None:
    """An intended difference that no line has is not in use."""
    changed = Changed("a", "b")
    comparison = Comparison([changed])
    comparison.differences('x <- {"status":"error","sender":"SERVER","receiver":"","text":"c"}', "")

    assert [changed] == comparison.unused()


def _kinds(kind: type[ChatError]) -> Iterator[type[ChatError]]:
    """Yield the server's errors; the client has some of its own, if it is imported."""
    for one in kind.__subclasses__():
        if one.__module__ == ChatError.__module__:
            yield one
            yield from _kinds(one)


def _is_of(kind: type[ChatError], error: dict[str, Any]) -> bool:
    if kind is Goodbye or error.get("code") != kind.code:
        return False
    namesakes = [other for other in _kinds(ChatError) if other is not Goodbye and other.code == kind.code]
    return namesakes == [kind] or _OF_A_CODE[kind.__name__](error)


def _messages(arrow: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of the recording that were sent in one direction."""
    for path in RECORDED.glob("*.txt"):
        for line in path.read_text().split("\n"):
            _, found, message = line.partition(f" {arrow} ")
            message = message.removesuffix("\\n")
            try:
                decoded = json.loads(message[message.index("{") :]) if found and "{" in message else None
            except ValueError:
                continue
            if isinstance(decoded, dict) and isinstance(decoded.get("status"), str):
                yield decoded
