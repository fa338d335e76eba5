"""Options that change while the server runs: read again on SIGHUP, or set by the operator.

max-text = 2000     holds from now on, for all users
port = 5556         needs a restart, and the log says so
port = "x"          is told in the log, and nothing at all changes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from classchat.configuration import CONFIG
from classchat.core.notices import Observe, Reconfigured
from classchat.limits import Limits
from classchat.option_table import Misuse
from classchat.options import CHANGEABLE, SERVER_OPTIONS, checked, limits_of
from classchat.servers.doors import LOOPBACK
from classchat.servers.tcp import ChatFactory

_BY_NAME = {option.name: option for option in SERVER_OPTIONS if option.name != CONFIG}


class Reloading:
    """The options in force, and the way to others."""

    def __init__(
        self,
        options: Mapping[str, Any],
        again: Callable[[], Mapping[str, Any]],
        factory: ChatFactory,
        fit: Callable[[Limits], Limits],
        observe: Observe,
    ) -> None:
        """Begin with the options of the start; `again` reads them again, and may raise Misuse.

        `fit` reduces limits to what this process can have.
        """
        self._options = {name: value for name, value in options.items() if name != CONFIG}
        self._waiting: dict[str, Any] = {}  # what has changed, and needs a restart
        self._again = again
        self._factory = factory
        self._fit = fit
        self._observe = observe

    @property
    def limits(self) -> dict[str, str]:
        """The options that can change, as they are written, by name."""
        return {name: _written(self._options[name]) for name in _BY_NAME if name in CHANGEABLE}

    def reload(self) -> list[Reconfigured]:
        """Read the options again, and return what has changed.

        Raises:
            Misuse: they are wrong; nothing has changed.
        """
        return self._take(self._again())

    def set(self, name: str, text: str) -> list[Reconfigured]:
        """Set one option until the next start, or until the options are read again.

        Raises:
            Misuse: it does not exist, can't change now, or has no such value.
        """
        if name not in _BY_NAME:
            raise Misuse(f"There is no option '{name}'")
        if name not in CHANGEABLE:
            raise Misuse(f"{name} can't be changed while the server runs")
        option = _BY_NAME[name]
        try:
            value = [option.read(one) for one in text.split()] if option.repeatable else option.read(text)
        except ValueError as error:
            raise Misuse(f"{name}: {error}") from None
        return self._take(checked({**self._options, **self._waiting, name: value}))

    def _take(self, options: Mapping[str, Any]) -> list[Reconfigured]:
        changes = []
        for name, old in self._options.items():
            new = options.get(name, old)
            if name in CHANGEABLE and new != old:
                self._options[name] = new
                changes.append(Reconfigured(name, _written(new)))
            elif new == old:
                self._waiting.pop(name, None)
            elif name not in self._waiting or self._waiting[name] != new:
                self._waiting[name] = new
                changes.append(Reconfigured(name, None))
        if any(change.value is not None for change in changes):
            self._factory.chat.change_limits(self._fit(limits_of(self._options)))
            self._factory.doors.trust([*LOOPBACK, *self._options["trusted-network"]])
        if changes:
            self._observe(changes)
        return changes


def _written(value: Any) -> str:
    """Return a value as it is written on a command line."""
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
