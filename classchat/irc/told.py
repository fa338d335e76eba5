"""What is told to one client alone, as lines."""

from __future__ import annotations

from classchat.core.events import Event
from classchat.irc.client import Client
from classchat.irc.refusals import refuse_asked
from classchat.irc.responses import Response
from classchat.messages import Error, Group, Private, Probe


def tell(client: Client, event: Event) -> Response | None:
    """Put the lines of an event; return the labelled response that they belong to, if they belong to one."""
    match event:
        case Error():
            return _refused(client, event)
        case Probe():
            client.send("PING", client.network.server, source="")
        case Group() | Private():
            client.peer.put(client.peer.codec.encode([event]))
        case _:
            return _answered(client, event)
    return None


def _refused(client: Client, error: Error) -> Response | None:
    asked = client.asked.refused(error)
    if asked is None:
        return None  # why the server hangs up: the last line of the connection says it
    refuse_asked(client, error, asked)
    if asked.response is not None and asked.is_message:
        asked.response.owed -= 1
    return asked.response


def _answered(client: Client, event: Event) -> Response | None:
    asked = client.asked.find(getattr(event, "id", None))
    if asked is None:
        client.peer.put(client.peer.codec.encode([event]))
        return None
    if asked.answered is None:
        return None
    asked.answered(event)
    return asked.response
