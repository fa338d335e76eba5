"""The client's destination: the server's address, and the name to sign in with."""

from __future__ import annotations

from typing import Any

import pytest

from classchat.client.destination import Destination
from tests.tables import each_case


def destination(**options: Any) -> Destination:
    """Return a destination; what is not given is unknown."""
    return Destination({"host": None, "port": None, "name": None, "retry": 300.0, **options})


def test_questions() -> None:
    """Unknown values are asked for, in order; an empty answer stands for the default."""
    unknown = destination(port=7)
    asked = [question.option for question in unknown.unknown]
    for question, answer in zip(unknown.unknown, ("", "Alice"), strict=True):
        unknown.answer(question, answer)

    assert ["host", "name"] == asked
    assert ("127.0.0.1:7", "Alice", []) == (unknown.place, unknown.name, unknown.unknown)


def test_wrong_answer() -> None:
    """A wrong answer is refused, and the question stays."""
    unknown = destination()
    with pytest.raises(ValueError, match="is not a port"):
        unknown.answer(unknown.unknown[1], "x")

    assert "port" == unknown.unknown[1].option


def test_defaults() -> None:
    """Defaults answer everything but the name."""
    unknown = destination()
    unknown.take_defaults()

    assert ("127.0.0.1", 5555, "") == (unknown.host, unknown.port, unknown.name)
    assert ["name"] == [question.option for question in unknown.unknown]


@each_case(
    ("options", "may"),
    [
        ({"host": "192.0.2.1"}, True),
        ({"host": "192.0.2.1", "encrypted": False}, False),
        ({"host": "127.0.0.1", "encrypted": False}, True),
        ({"host": "192.0.2.1", "encrypted": False, "no-tls": True}, True),
    ],
)
def test_whether_a_password_may_be_sent(options: dict[str, Any], may: bool) -> None:
    """A password goes to another machine only encrypted, unless the command line says otherwise."""
    assert may is destination(**options).may_send_password


def test_a_name_that_is_harmless() -> None:
    """The name is shown without control characters."""
    assert "A\ufffdB" == destination(name="A\x1bB").shown_name
