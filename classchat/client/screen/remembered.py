"""Lines that Up brings back: how they are kept, and which of them are not kept between runs."""

from __future__ import annotations

from classchat.client.commands.parsing import is_secret, parse_on_screen
from classchat.client.commands.typed import Action, CommandError, Reply, Speech, TalkTo
from classchat.client.screen.focus import UserFocus
from classchat.client.screen.state import Screen


def acting(screen: Screen, text: str) -> str:
    """Return what `/me` says."""
    return f"* {screen.me} {text}"


def as_remembered(text: str, screen: Screen, *, waits: bool) -> str:
    """Return a line as it is kept: with the name of the user it is for, so that it never goes to a room.

    While a line `waits`, it is not known where the next one goes.
    """
    person = screen.focus.name if isinstance(screen.focus, UserFocus) and not waits else None
    try:
        typed = parse_on_screen(text)
    except CommandError:
        return text
    match typed:
        case Speech(said) if person is not None:
            return f"/private {person} {said}"
        case Action(done) if person is not None:
            return f"/private {person} {acting(screen, done)}"
        case TalkTo(name, said) if said:
            return f"/private {name} {said}"
        case Reply(said) if screen.last_sender is not None:
            return f"/private {screen.last_sender} {said}"
        case _:
            return text


def is_private(text: str, screen: Screen, *, waits: bool) -> bool:
    """Return whether a line is for one user, or may be: then it is not kept between runs."""
    line = text.lstrip()
    if line.startswith("/") and not line.startswith("//"):
        return is_secret(line)
    return waits or isinstance(screen.focus, UserFocus)
