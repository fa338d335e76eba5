"""All commands of IRC clients that this server knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from classchat.irc import (
    account_registration,
    being_away,
    channel_modes,
    chathistory,
    help_pages,
    joining,
    liveness,
    member_lists,
    monitoring,
    multiline,
    operators,
    redacting,
    registration,
    room_lists,
    room_orders,
    sasl,
    server_info,
    services,
    talking,
    who,
    whois,
)
from classchat.irc.client import Entry

COMMANDS: Final[Mapping[str, Entry]] = {
    **registration.COMMANDS,
    **sasl.COMMANDS,
    **account_registration.COMMANDS,
    **liveness.COMMANDS,
    **talking.COMMANDS,
    **multiline.COMMANDS,
    **chathistory.COMMANDS,
    **redacting.COMMANDS,
    **joining.COMMANDS,
    **member_lists.COMMANDS,
    **room_lists.COMMANDS,
    **room_orders.COMMANDS,
    **channel_modes.COMMANDS,
    **who.COMMANDS,
    **whois.COMMANDS,
    **being_away.COMMANDS,
    **monitoring.COMMANDS,
    **server_info.COMMANDS,
    **help_pages.COMMANDS,
    **operators.COMMANDS,
    **services.COMMANDS,
}
"""How each command is handled; all others are answered 421."""
