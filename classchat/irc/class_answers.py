"""Requests of the class layer by IRC clients, and the NOTICEs that answer them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from classchat.class_commands import SetQuestions
from classchat.class_words import ClassWords, Mistyped
from classchat.core.answer_events import ClassGranted, ClassShown, OrderUnneeded
from classchat.core.events import Event
from classchat.core.model import Room
from classchat.errors import RoomNotFound
from classchat.irc.client import Client
from classchat.irc.service_requests import answer
from classchat.irc.sight import seen_room
from classchat.messages import Assist, Command, Error, SetRoom, Unassist
from classchat.wire.class_answer_sentences import granted
from classchat.wire.class_sentences import ANONYMITY
from classchat.wire.irc.channels import about, channel
from classchat.wire.json_answers import shown_text

_Waiting = Coroutine[Any, Any, None] | None

CLASS: Final = "Class"
"""The service."""

_MOST_LINES: Final = 100
"""Lines of one answer."""


class ChannelWords(ClassWords):
    """The words of a command whose channel is known."""

    def __init__(self, room: Room, text: str, usage: str, begins: str) -> None:
        """Take the words of `text`, about a room."""
        super().__init__(text, usage, begins)
        self._room = room.name

    def room(self, own: Callable[[str], bool]) -> str:  # noqa: ARG002  it is known
        """Return the room."""
        return self._room

    def room_unless(self, *words: str) -> str:  # noqa: ARG002  it is known
        """Return the room."""
        return self._room

    def room_before_text(self) -> str:
        """Return the room."""
        return self._room


def room_named(client: Client, target: str) -> Room | None:
    """Return the room of a channel; None if the client sees none, which it is told."""
    room = seen_room(client.chat, client.user, target)
    if room is None:
        answer(client, CLASS, RoomNotFound(target.removeprefix("#")).text)
    return room


def ask_class(
    client: Client, room: Room, words: ClassWords, read: Callable[[ClassWords], Command]
) -> _Waiting:
    """Ask the chat for what some words say about a room; tell the client alone what comes of it."""
    try:
        command = read(words)
    except Mistyped as error:
        say(client, room.name, str(error))
        return None

    def answered(event: Event) -> None:
        match event:
            case ClassGranted():
                tell_granted(client, event)
            case ClassShown():
                say(client, room.name, shown_text(event))
            case OrderUnneeded():
                say(client, room.name, "That is already the case.")

    late = not isinstance(command, Assist | Unassist | SetRoom)
    return client.ask(command, answered=answered, refused=_refused(client, room), late=late)


def tell_granted(client: Client, event: ClassGranted) -> None:
    """Tell a client how its request was granted."""
    say(client, event.room, granted(event.answer, event.user))


def explain_asking(client: Client, target: str) -> _Waiting:
    """Tell a client how questions without a name are asked, and who would see its name."""
    room = seen_room(client.chat, client.user, target)
    shown = target if room is None else channel(room.name)
    how = f"Your question was not sent. Ask it so: /msg {CLASS} ask {shown} QUESTION"
    answer(client, CLASS, how if room is None else about(room.name, how), shown)
    if room is None:
        return None

    def answered(event: Event) -> None:
        if isinstance(event, ClassShown) and event.questions is not None:
            closed, who = event.questions.policy == "off", ANONYMITY[event.questions.anonymous]
            say(client, room.name, "Questions are closed" if closed else f"{who[0].upper()}{who[1:]}")

    return client.ask(SetQuestions(receiver=room.name), answered=answered, refused=_refused(client, room))


def say(client: Client, room: str, text: str) -> None:
    """Tell a client something about a room: a NOTICE to it alone, or several for several lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    for line in lines[:_MOST_LINES]:
        answer(client, CLASS, about(room, line), channel(room))
    if len(lines) > _MOST_LINES:
        more = f"{len(lines) - _MOST_LINES} more lines are not shown"
        answer(client, CLASS, about(room, more), channel(room))


def _refused(client: Client, room: Room) -> Callable[[Error], None]:
    def refused(error: Error) -> None:
        say(client, room.name, error.text)

    return refused
