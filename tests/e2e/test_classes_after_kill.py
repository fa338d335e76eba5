"""Classes whose server is killed in the middle: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.e2e.conftest import StartServer
from tests.e2e.helpers import PATIENCE


class Pupil:
    """A client of the JSON protocol that waits for each answer."""

    def __init__(self, port: int, name: str, **fields: Any) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._lines = self.socket.makefile("rb")
        self._asked = 0
        self.welcome = self.asks("register", sender=name, **fields)

    def asks(self, status: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        self._asked += 1
        id = str(fields.setdefault("id", f"{status} {self._asked}"))
        self.socket.sendall(json.dumps({"status": status, **fields}).encode() + b"\n")
        while True:
            heard: dict[str, Any] = json.loads(self._lines.readline())
            if heard.get("id") == id:
                return heard


@contextmanager
def signed_in(port: int, tokens: dict[str, str]) -> Iterator[dict[str, Pupil]]:
    """Yield clients of these persons, who are in the room."""
    pupils = {
        name: Pupil(port, name, **({"token": token} if token else {})) for name, token in tokens.items()
    }
    for name, pupil in pupils.items():
        tokens[name] = pupil.welcome["token"]
        if pupil.asks("join", receiver="R")["status"] == "error":
            pupil.asks("create", receiver="R")
    yield pupils
    for pupil in pupils.values():
        with closing(pupil.socket):
            pupil._lines.close()


def test_a_poll_survives_a_kill(serve: StartServer) -> None:
    """Votes are there after a restart, a person still has one, and a repeated request changes nothing."""
    tokens = dict.fromkeys(("Mona", *(f"guest{number}" for number in range(6))), "")
    server = serve()
    with signed_in(server.port, tokens) as pupils:
        options = ["quicksort", "mergesort"]
        pupils["Mona"].asks("session", receiver="R", text="begin")
        pupils["Mona"].asks("poll", receiver="R", text="Which?", options=options, seconds=3600)
        for number in range(5):
            pupils[f"guest{number}"].asks("vote", receiver="R", choices=[0], id="same")
        server.signals(signal.SIGKILL)
        server.ends()
    with signed_in(serve().port, tokens) as pupils:
        pupils["guest0"].asks("vote", receiver="R", choices=[1])
        pupils["guest0"].asks("vote", receiver="R", choices=[0], id="same")
        pupils["guest5"].asks("vote", receiver="R", choices=[1])
        assert "success" == pupils["Mona"].asks("endpoll", receiver="R")["status"]
        (poll,) = pupils["guest1"].asks("polls", receiver="R")["polls"]

    assert ([4, 2], 6, 6) == (poll["counts"], poll["votes"], poll["here"])


def test_turns_and_groups_survive_a_kill(serve: StartServer) -> None:
    """A turn goes on, a hand keeps its place, and students are put back into their groups, once each."""
    names = ("Mona", *(f"guest{number}" for number in range(4)))
    tokens = dict.fromkeys(names, "")
    server = serve()
    with signed_in(server.port, tokens) as pupils:
        mona = pupils["Mona"]
        for number in range(3):
            pupils[f"guest{number}"].asks("hand", receiver="R", text=f"topic {number}")
        assert "guest0" == mona.asks("next", receiver="R", id="once")["user"]
        mona.asks("groups", receiver="R", count=2)
        groups = mona.asks("class", receiver="R")["class"]["groups"]["rooms"]
        server.signals(signal.SIGKILL)
        server.ends()
    with signed_in(serve().port, tokens) as pupils:
        mona = pupils["Mona"]
        for name in names[1:]:
            pupils[name].asks("ping")  # what was put off by joining is done by now
        state = mona.asks("class", receiver="R")["class"]
        assert "guest0" == mona.asks("next", receiver="R", id="once")["user"]

        assert groups == state["groups"]["rooms"]
        assert ["guest1", "guest2"] == [hand["user"] for hand in state["hands"]["list"]]
        assert ("guest0", "Mona") == (state["hands"]["turn"]["user"], state["hands"]["turn"]["by"])
        for room, members in groups.items():
            assert sorted(members) == [one["name"] for one in mona.asks("users", receiver=room)["users"]]
        assert "success" == mona.asks("done", receiver="R", text="helped")["status"]
        assert "guest1" == mona.asks("next", receiver="R")["user"]
