"""What all tests have in common: signals as a terminal has them, however the tests were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Give the signals back that `nohup` and shells ignore for what they start in the background."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        signal.signal(number, handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
