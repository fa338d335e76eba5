"""Whether the server still grants requests."""

from __future__ import annotations

from classchat.errors import ShuttingDown


class Gate:
    """Open while the server runs; closed for good when it stops. All parts of the chat share one."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed = False
        """Whether requests are refused; on the way of each message it is looked at without a call."""

    def close(self) -> None:
        """Refuse all requests from now on."""
        self.closed = True

    def check(self) -> None:
        """Check that the server is not stopping.

        Raises:
            ShuttingDown: it is.
        """
        if self.closed:
            raise ShuttingDown
