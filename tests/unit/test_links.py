"""Links to the page."""

from __future__ import annotations

from classchat.links import link_to, on_projector, to_room
from tests.tables import each_case


@each_case(
    ("place", "link"),
    [
        (("http", "192.168.1.20", 5555), "http://192.168.1.20:5555/"),
        (("https", "chat.example.org", 443), "https://chat.example.org/"),
        (("http", "chat.example.org", 80), "http://chat.example.org/"),
        (("http", "chat.example.org", 443), "http://chat.example.org:443/"),
        (("http", "2001:db8::1", 5555), "http://[2001:db8::1]:5555/"),
        (("http", "schüle.example", 5555), "http://xn--schle-mva.example:5555/"),
    ],
)
def test_the_link_to_a_server(place: tuple[str, str, int], link: str) -> None:
    """A link has the port unless it is the scheme's own, IPv6 in brackets, and only ASCII."""
    assert link == link_to(*place)


@each_case(
    ("room", "end"),
    [
        (None, ""),
        ("CS350", "#CS350"),
        ("lab_1.2-b", "#lab_1.2-b"),
        ("Übung", "#%C3%9Cbung"),
        ("教室", "#%E6%95%99%E5%AE%A4"),
        ("a room", "#a%20room"),
        ("50%#/?", "#50%25%23%2F%3F"),
    ],
)
def test_the_room_in_a_link(room: str | None, end: str) -> None:
    """The room stands after `#`, in UTF-8 and percent-encoded, so that any name survives any program."""
    assert (f"http://h/{end}", f"http://h/show{end}") == (
        to_room("http://h/", room),
        on_projector("http://h/", room),
    )
