"""The look and sound of a screen, as the user has chosen."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.client.screen.colours import Colours


@dataclass(frozen=True)
class Look:
    """Colours, times and the bell."""

    colours: Colours
    time_format: str = "%H:%M"
    rings: str = "mention"
    """When the bell rings: `off`, `mention` or `all`."""
