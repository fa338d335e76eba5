"""What all parts of the chat share."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.directory import Directory
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal
from classchat.core.measures import Measures
from classchat.core.notices import Observe
from classchat.core.ports import Calendar, Clock
from classchat.core.published import Published


@dataclass(eq=False, frozen=True, slots=True)
class Ground:
    """The journal, the registries, the clocks, and what is observed and measured."""

    journal: Journal
    directory: Directory
    observe: Observe
    clock: Clock
    """Measures durations."""

    calendar: Calendar
    """Returns times of day."""

    published: Published
    gate: Gate = field(default_factory=Gate)
    measures: Measures = field(default_factory=Measures)
