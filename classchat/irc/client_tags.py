"""Tags that a client sends for other clients: https://ircv3.net/specs/extensions/message-tags#client-only-tags.

@+typing=active TAGMSG #CS350                    is passed on to clients with `message-tags`
@+draft/reply=MSGID PRIVMSG #CS350 :I agree      is a message with that tag, and without it for all others
"""

from __future__ import annotations

import re
from typing import Final

from classchat.irc.client import Client
from classchat.wire.irc.irc_lines import IRCLine

_NAME: Final = re.compile(r"\+(?:[a-z0-9.-]+/)?[a-z0-9-]+", re.IGNORECASE | re.ASCII)

_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What could end a line or is formatting; it is left out, for a replacement would take more bytes."""


def client_tags(client: Client, line: IRCLine) -> tuple[tuple[str, str], ...]:
    """Return the tags of a line that are for other clients; how long they are in all is checked before."""
    if not line.tags or "message-tags" not in client.capabilities:
        return ()
    return tuple((name, _UNSAFE.sub("", value)) for name, value in line.tags.items() if _NAME.fullmatch(name))
