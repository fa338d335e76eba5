"""The whole server, without a port, under any input and any disturbance."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.play import Play


@pytest.fixture
def disk_troubles_are_no_failures(nothing_logged: list[str]) -> object:
    """A disk that is full now and then is a part of the play, which looks at the log itself."""
    yield
    gc.collect()  # an unhandled failure of a Deferred is logged when it is collected
    nothing_logged[:] = [logged for logged in nothing_logged if "journal" not in logged]


@settings(
    max_examples=400,
    deadline=None,
    derandomize="CI" in os.environ,  # elsewhere, each run tries others
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(200, 600).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_nothing_goes_wrong_whatever_is_sent(disk_troubles_are_no_failures: None, story: bytes) -> None:
    """No failure is logged, no password leaks, no request is answered twice, and nothing is left behind.

    Several clients send anything, in any pieces, and disconnect at any moment; the disk gets full, and the
    server restarts. `tests/fuzz/play.py` has the rules that must hold. `python -m tests.fuzz` plays for as
    long as it is told.
    """
    Play(story).run()
