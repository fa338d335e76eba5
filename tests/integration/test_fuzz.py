"""The whole server, without a port, and whatever anybody may send it and do to it."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.play import Play


@pytest.fixture
def disk_troubles_are_no_failures(nothing_logged: list[str]) -> object:
    """A disk that is full now and then is a part of the play, which looks at the log itself."""
    yield
    gc.collect()  # a Deferred's failure that nobody took is logged when it is collected
    nothing_logged[:] = [logged for logged in nothing_logged if "journal" not in logged]


@settings(
    max_examples=1_000,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(st.binary(min_size=200, max_size=600))
def test_nothing_goes_wrong_whatever_is_sent(disk_troubles_are_no_failures: None, story: bytes) -> None:
    """No failure is logged, no password comes out, nobody is answered twice, nothing is left behind.

    Several clients say what they like, in any pieces, and go at any moment; the disk is full, and the server
    starts again. What has to hold is in `tests/fuzz/play.py`.
    """
    Play(story).run()
