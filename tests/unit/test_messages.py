"""The messages, where they have behaviour of their own."""

from __future__ import annotations

import pytest

from classchat.messages import ChangePassword, Claim, Command, Register

SECRET = "correct horse"  # noqa: S105


@pytest.mark.parametrize(
    "command",
    [
        Register(sender="Alice", text=SECRET, token=SECRET, id="7"),
        Claim(sender="Alice", text=SECRET, id="7"),
        ChangePassword(sender="Alice", text=SECRET, current=SECRET, id="7"),
    ],
)
def test_no_password_is_printed(command: Command) -> None:
    """A log, or a traceback, that shows a command by mistake shows no password, and no token."""
    shown = f"{command} {command!r} {[command]}"

    assert SECRET not in shown
    assert "sender='Alice', id='7'" in shown
