"""The answers to requests that the user has not typed."""

from __future__ import annotations

from classchat.client.display.untyped import UntypedRequests, nothing
from classchat.client.link.open_request import OpenRequest
from classchat.messages import Error, ListRooms, Success
from classchat.names import SERVER


def test_an_answer_goes_to_its_handler() -> None:
    """What the server grants or refuses goes to the handler for that, and is not the user's."""
    heard: list[object] = []
    untyped = UntypedRequests()
    untyped.add("1", heard.append, heard.append)
    untyped.add("2", heard.append, heard.append)
    granted = Success(SERVER, "Alice", "Rooms", id="1")

    taken = [untyped.take(granted), untyped.take(Error(SERVER, "Alice", "No", code="busy", id="2"))]

    assert ([True, True], [granted, "No"]) == (taken, heard)


def test_an_answer_to_the_user_is_not_taken() -> None:
    """An answer without the id of such a request is for the user; so is a second answer."""
    untyped = UntypedRequests()
    untyped.add("1", nothing, nothing)
    answer = Success(SERVER, "Alice", "Rooms", id="1")
    untyped.take(answer)

    assert not any((untyped.take(answer), untyped.take(Success(SERVER, "Alice", "Hello"))))


def test_what_is_open_and_typed() -> None:
    """Of the open requests, those that the user has not typed can be left out."""
    untyped = UntypedRequests()
    untyped.add("1", nothing, nothing)
    of_client, of_user = (OpenRequest(ListRooms(id=id)) for id in ("1", "2"))

    assert [of_user] == untyped.without([of_client, of_user])
