"""What the operator asks and changes about limits, the log and the options at the server's own socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, assert_never

from classchat.control_messages import LEVELS, AskLimits, AskReload, ControlAnswer, SetLimit, SetLogLevel
from classchat.core.notices import Reconfigured
from classchat.option_table import Misuse
from classchat.reloading import Reloading
from classchat.texts import quoted

SettingsRequest = AskLimits | SetLimit | SetLogLevel | AskReload


class Logs(Protocol):
    """The log of a server, as far as its operator can change it."""

    level: str
    """The lowest level that is shown, one of `LEVELS`; "" where another program decides that."""

    def reopen(self) -> None:
        """Begin a new file where the old one was moved away."""


class ForeignLogs(Logs):
    """The log is another program's: twistd's."""

    level = ""

    def reopen(self) -> None:
        """Do nothing."""


class SettingsDesk:
    """Answers requests about what can change while the server runs."""

    def __init__(self, reloading: Reloading, reload: Callable[[], list[Reconfigured]], logs: Logs) -> None:
        """`reload` does what SIGHUP does, and may raise Misuse."""
        self._reloading = reloading
        self._reload = reload
        self._logs = logs

    @property
    def limits(self) -> dict[str, str]:
        """The options that can change, as they are written, by name."""
        return self._reloading.limits

    @property
    def log_level(self) -> str:
        """The lowest level that is logged; "" where another program decides that."""
        return self._logs.level

    def answer(self, request: SettingsRequest) -> ControlAnswer:
        """Return the answer to a request.

        Raises:
            Misuse: there is no such option or level, or the options are wrong; nothing has changed.
        """
        match request:
            case AskLimits():
                return ControlAnswer(status="success", limits=self._reloading.limits)
            case SetLimit():
                changes = self._reloading.set(request.option, request.value)
                return ControlAnswer(status="success", text=_told(changes))
            case SetLogLevel():
                return self._set_level(request.level)
            case AskReload():
                return ControlAnswer(status="success", text=_told(self._reload()))
            case _:
                assert_never(request)

    def _set_level(self, level: str) -> ControlAnswer:
        if not self._logs.level:
            raise Misuse("The log is twistd's, which has no levels")
        if level and level not in LEVELS:
            raise Misuse(f"'{quoted(level)}' is not a log level: use one of {', '.join(LEVELS)}")
        if level:
            self._logs.level = level
        return ControlAnswer(status="success", text=f"The log level is {self._logs.level}")


def _told(changes: list[Reconfigured]) -> str:
    if not changes:
        return "Nothing has changed"
    return ", ".join(
        f"{one.option} needs a restart" if one.value is None else f"{one.option} is {one.value} now"
        for one in changes
    )
