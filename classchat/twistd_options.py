"""The server's options in Twisted's form, for `twistd classchat`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from twisted.python import usage

from classchat.commandline import Misused, show_version
from classchat.configuration import Configuration, given
from classchat.option_table import Misuse, Option, as_typed
from classchat.options import ALL_OPTIONS, LOG_OPTIONS, TWISTD_OPTIONS, checked


def _named(option: Option) -> Callable[[str], Any]:
    """Return a function that reads an option's value; unlike Twisted's, its errors name the option."""

    def read(text: str) -> Any:
        try:
            return option.read(text)
        except ValueError as error:
            raise ValueError(f"{option.long}: {error}") from None

    return read


def _collecting(option: Option) -> Callable[[usage.Options, str], None]:
    """Return the function that `usage.Options` calls for each value of a repeatable option."""
    read = _named(option)

    def collect(self: usage.Options, value: str) -> None:
        try:
            self[option.name].append(read(value))
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    collect.__doc__ = option.described()
    return collect


class Options(usage.Options):
    """The options of `twistd classchat` in Twisted's form, made from the table of `classchat serve`."""

    synopsis = "[options]"
    longdesc = "A chat server for a class, a lab or any other group."
    optParameters = [
        [each.name, each.short or None, None, each.described(), _named(each)]
        for each in TWISTD_OPTIONS
        if each.value and not each.repeatable
    ]
    optFlags = [
        [each.name, each.short or None, each.described()] for each in TWISTD_OPTIONS if not each.value
    ]

    def __init__(self) -> None:
        super().__init__()
        for option in TWISTD_OPTIONS:
            if option.repeatable:
                self[option.name] = []

    def opt_version(self) -> None:
        """Show the version, and exit."""
        show_version()
        raise SystemExit(0)

    opt_V = opt_version

    def postOptions(self) -> None:
        """Add what the environment and a file say, and check that nothing contradicts anything else."""
        flags = {option.name: bool(self[option.name]) for option in TWISTD_OPTIONS if not option.value}
        named = given(TWISTD_OPTIONS, {**self, **flags})
        self.configuration = Configuration(ALL_OPTIONS, named, os.environ)
        try:
            self.update(self.again())
            self._check_log(named)
        except Misuse as error:
            raise usage.UsageError(str(error)) from None

    def _check_log(self, named: Mapping[str, Any]) -> None:
        """Check what the command line says about the log; what a file says is also for `classchat serve`.

        Raises:
            Misuse: twistd's own log is meant, or both are.
        """
        if not self["log-file"]:
            for option in LOG_OPTIONS:
                if option.name in named:
                    raise Misuse(f"{option.long} needs --log-file: twistd's own log knows nothing of it")
            return
        for other in ("logfile", "logger", "syslog"):
            if self.parent is not None and self.parent.get(other):
                raise Misuse(f"--log-file can't be used with twistd's --{other}")

    def again(self) -> Mapping[str, Any]:
        """Return the options as they would be after another start; read the file again.

        Raises:
            Misuse: they are wrong.
        """
        return checked(self.configuration.values())

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line.

        Raises:
            SystemExit: the command line is wrong; the reason was printed on standard error.
        """
        try:
            super().parseOptions(None if options is None else [as_typed(word) for word in options])
        except usage.UsageError as error:
            reason = str(error).removeprefix("Parameter type enforcement failed: ").rstrip(".")
            if "Wrong number of arguments" in reason:
                reason = "Only options are accepted: give the address with --host and --port"
            raise Misused(f"classchat: {reason}. See twistd classchat --help.") from None


for _option in TWISTD_OPTIONS:
    if _option.repeatable:
        setattr(Options, f"opt_{_option.name.replace('-', '_')}", _collecting(_option))
