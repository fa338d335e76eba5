"""A class for the tests of features: a room with staff and students, and requests with their answers."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from classchat.class_events import About
from classchat.core.acts import Secured
from classchat.limits import Limits
from classchat.messages import Assist, Command, Error, Group, Private, Register, Success
from tests.unit.core.helpers import device
from tests.unit.helpers import Client, House

R = "R"

UNLIMITED = replace(Limits(), messages=None, requests=None, readings=None)


class Classroom:
    """Room `R`: Mona moderates it, Ann assists, Carol, Dave and Emil are students; Gus is not in it.

    All but Gus and Emil have registered names.
    """

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self.house = House(limits)
        names = ("Mona", "Ann", "Carol", "Dave", "Emil", "Gus")
        self.mona, self.ann, self.carol, self.dave, self.emil, self.gus = self.house.signs_in(*names)
        self.house.claims(self.mona, self.ann, self.carol, self.dave)
        self.house.room(R, self.mona, self.ann, self.carol, self.dave, self.emil)
        self.asks(self.mona, Assist(receiver=R, user="Ann"))
        self.all = (self.mona, self.ann, self.carol, self.dave, self.emil, self.gus)
        self.forgets()
        self._requests = 0

    def forgets(self) -> None:
        """Forget what all have heard."""
        for client in self.all:
            client.forgets()

    def settles(self) -> None:
        """Deliver all that is on its way, and the entries that follow from that."""
        for _ in range(3):
            self.house.turn()

    def asks(self, client: Client, *commands: Command) -> None:
        """Send commands, and settle."""
        for command in commands:
            client.send(command)
            self.settles()

    def answer(self, client: Client, command: Command) -> Success | Error:
        """Return the answer to a request."""
        self._requests += 1
        id = command.id or f"request {self._requests}"
        fields = {name: getattr(command, name) for name in command.__struct_fields__}
        client.send(type(command)(**{**fields, "id": id}))
        self.settles()
        answers = client.answers(id)
        answer = answers[-1]
        assert isinstance(answer, Success | Error)
        return answer

    def text(self, client: Client, command: Command) -> str:
        """Return the sentence of the answer to a request."""
        return self.answer(client, command).text

    def code(self, client: Client, command: Command) -> str | None:
        """Return the code of a refusal; None where the request is granted."""
        answer = self.answer(client, command)
        return answer.code if isinstance(answer, Error) else None

    def comes_back(self, name: str) -> Client:
        """Return a new client of the owner of a name, who has signed in."""
        account = self.house.chat.accounts.find(name)
        assert account is not None
        person = account.user.person
        self.house.journal.keeps(Secured(person.key, person.name, person.number, "hash of it"))
        return device(self.house, person.name, "it")

    def shows(self, name: str = "Projector") -> Client:
        """Return a guest in the room who shows it on a screen."""
        client = self.house.connects()
        client.send(Register(sender=name, screen=True))
        client.joins(R)
        self.settles()
        client.forgets()
        return client

    def passes(self, seconds: float) -> None:
        """Advance the clock."""
        self.house.journal.clock.advance(seconds)
        self.settles()


def abouts(client: Client) -> list[About]:
    """Return what a client has heard of the class, and forget all that it has heard."""
    heard = [event.about for event in client.hears() if isinstance(event, Group | Private)]
    client.forgets()
    return [msgspec.convert(about, About) for about in heard if about is not None]  # type: ignore[arg-type]


def texts(client: Client) -> list[str]:
    """Return the sentences from the server, and forget all that the client has heard."""
    heard = client.hears()
    client.forgets()
    return [event.text for event in heard if event.sender == "SERVER"]
