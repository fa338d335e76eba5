"""What the command lines of server, client and the rest have in common."""

from __future__ import annotations

from typing import Any

from twisted.python import usage

from classchat import __version__

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5555
DEFAULT_JOURNAL = "classchat.sqlite"


class CommandLine(usage.Options):
    """Options whose mistakes are told in one sentence, on standard error, with exit code 1."""

    def opt_version(self) -> None:
        """Show the version, and exit."""
        print(f"ClassChat {__version__}")
        raise SystemExit(0)

    opt_V = opt_version

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line.

        Raises:
            SystemExit: there is a mistake in it.
        """
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            reason = str(error).removeprefix("Parameter type enforcement failed: ").rstrip(".")
            raise SystemExit(f"classchat: {reason}. See --help.") from None
