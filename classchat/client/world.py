"""The client's environment: the reactor, the time of day, ids, random numbers, the terminal."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from classchat.client.display.clock import LocalZone, ServerClock
from classchat.client.display.paper import USUAL_PAPER, Paper, real_paper
from classchat.clocks import TimeOfDay


@dataclass(frozen=True)
class World:
    """The client's surroundings; a test has its own."""

    reactor: Any
    clock: ServerClock
    ids: Iterator[str] | None = None
    """The ids of requests; None for ids that no other run uses."""

    jitter: Callable[[], float] = random.random
    """Random numbers from 0 to 1 that spread reconnecting clients over time."""

    paper: Paper = USUAL_PAPER
    """The terminal, as far as tables and bars depend on it."""


def real_world(reactor: Any, zone: tzinfo | None = None) -> World:
    """Return the world with this machine's time of day, in its time zone."""
    return World(reactor, ServerClock(TimeOfDay().seconds, zone or LocalZone()), paper=real_paper(os.environ))
