"""Links to the page: `http://192.168.1.20:5555/#CS350` opens it and names the room to join."""

from __future__ import annotations

from urllib.parse import quote

FOR_GUESTS = "not encrypted: for guests, without passwords"
"""The note at a link to another machine that begins with `http`."""

WARNS = "browsers warn about the certificate, and Safari can't connect"
"""The note at a link that begins with `https` and whose certificate browsers do not know."""

_USUAL_PORTS = {"http": 80, "https": 443}


def link_to(scheme: str, host: str, port: int) -> str:
    """Return the link to the page of a server, without a room; it ends with a slash.

    Raises:
        UnicodeError: the host can't be a name on the network.
    """
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        host = host.encode("idna").decode()
    return f"{scheme}://{host}/" if port == _USUAL_PORTS[scheme] else f"{scheme}://{host}:{port}/"


def to_room(link: str, room: str | None) -> str:
    """Return a link to the page that names a room as well; without a room, the link itself."""
    return link if room is None else f"{link}#{quote(room, safe='')}"


def on_projector(link: str, room: str | None) -> str:
    """Return the link to the projector's view, which shows a room in large type with its link."""
    return to_room(f"{link}show", room)


def with_code(link: str, code: str, user: str) -> str:
    """Return a link to the page with a student's join code, and the user name that is proposed.

    They are in the fragment, which a browser sends to no server.
    """
    return f"{link}#code={quote(code, safe='')}&name={quote(user, safe='')}"
