"""Join codes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.rosters.join_codes import code_digest, join_code
from tests.tables import each_case


@given(st.binary(min_size=8, max_size=8))
def test_a_code_is_recognized_as_it_is_typed(random: bytes) -> None:
    """A code has the same digest in lower case, with letters that look like its own, and without hyphens."""
    code = join_code(random)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert code_digest(code) is not None
    assert code_digest(code) == code_digest(typed)


def test_codes_differ() -> None:
    """Sixty of the random bits are in the code."""
    codes = {join_code((1 << bit).to_bytes(8, "big")) for bit in range(60)}

    assert 60 == len(codes)
    assert "0000-0000-0000" not in codes


@each_case("code", ["", "K7Q2M", "0000-0000-000U", "0000-0000-00000", "é" * 12, "0000-0000-0000" + "-" * 87])
def test_what_is_no_code(code: str) -> None:
    """Anything else has no digest."""
    assert code_digest(code) is None
