"""The numbers of replies and errors."""

from __future__ import annotations

import re

from classchat.wire.irc import numerics


def test_each_number_has_one_name() -> None:
    """A number has three digits and one name; errors are from 400 on."""
    found = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}

    assert len(found) == len(set(found.values()))
    assert all(re.fullmatch("[0-9]{3}", value) for value in found.values())
    assert [] == [name for name, value in found.items() if name.startswith("ERR_") and value < "400"]
