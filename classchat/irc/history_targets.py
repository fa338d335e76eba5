"""CHATHISTORY TARGETS: in which rooms and private conversations something was said in some time.

-> CHATHISTORY TARGETS timestamp=2026-11-28T09:00:00.000Z timestamp=2026-11-28T10:00:00.000Z 50
<- BATCH +h1 draft/chathistory-targets
<- @batch=h1 CHATHISTORY TARGETS #CS350 2026-11-28T09:12:34.567Z
<- BATCH -h1
"""

from __future__ import annotations

from classchat.irc.client import Client
from classchat.irc.in_turn import has_read
from classchat.irc.selectors import Moment
from classchat.irc.stored_lines import batch
from classchat.wire.irc.channels import channel

_AT_ONCE = 100
"""Lines that are written before the client has to read on."""


async def show_targets(client: Client, begin: Moment, end: Moment, limit: int) -> None:
    """Write the targets whose latest message is between two times, beginning with those nearest to `begin`.

    Raises:
        HistoryUnavailable: they can't be read.
    """
    newest = begin.milliseconds > end.milliseconds
    after, before = (end, begin) if newest else (begin, end)
    user, journal = client.user, client.chat.journal
    until = before.milliseconds + (not before.exact)
    found = await journal.latest(user.person, [*user.rooms], after.milliseconds, until, limit, newest=newest)
    if not client.session.registered:
        return
    with batch(client, "draft/chathistory-targets") as reference:
        tags = {"batch": reference} if reference else None
        for count, each in enumerate(found, 1):
            target = each.name if each.private else channel(each.name)
            client.send("CHATHISTORY", "TARGETS", target, each.time, tags=tags)
            if count % _AT_ONCE == 0 and not await has_read(client):
                return
