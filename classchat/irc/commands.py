"""All commands of IRC clients that this server knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from classchat.irc import liveness, registration
from classchat.irc.client import Entry

COMMANDS: Final[Mapping[str, Entry]] = {
    **registration.COMMANDS,
    **liveness.COMMANDS,
}
"""How each command is handled; all others are answered 421."""
