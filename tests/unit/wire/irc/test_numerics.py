"""The numbers of replies and errors."""

from __future__ import annotations

import re
from pathlib import Path

import classchat.irc
from classchat.wire.irc import numerics


def test_each_number_has_one_name() -> None:
    """A number has three digits and one name; errors are from 400 on."""
    found = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}

    assert len(found) == len(set(found.values()))
    assert all(re.fullmatch("[0-9]{3}", value) for value in found.values())
    assert [] == [name for name, value in found.items() if name.startswith("ERR_") and value < "400"]


def test_each_number_is_sent() -> None:
    """No number is listed that no module of the conversation with IRC clients uses."""
    code = "".join(path.read_text() for path in Path(classchat.irc.__file__).parent.glob("*.py"))
    names = [name for name in vars(numerics) if name.startswith(("RPL_", "ERR_"))]

    assert [] == [name for name in names if not re.search(rf"\b{name}\b", code)]
