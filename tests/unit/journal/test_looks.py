"""Requests to look whether another program has changed accounts."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from classchat.journal.elsewhere import touched
from classchat.journal.looks import Looks


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the place of a journal whose lock file exists."""
    (tmp_path / "journal-lock").touch()
    return tmp_path / "journal"


def _announce(place: Path) -> None:
    """Announce a change, as another program does."""
    os.utime(f"{place}-lock", ns=(touched(place) + 1000,) * 2)


def test_an_announcement_is_looked_at_once(place: Path) -> None:
    """After an announcement the journal is stale, until a look that began later is taken."""
    looks = Looks(partial(touched, place), Clock())
    fresh = looks.stale
    _announce(place)
    stale = looks.stale
    looks.ask()
    look = looks.begin()
    _announce(place)
    looks.taken(look)
    again = looks.stale

    assert (False, True, True) == (fresh, stale, again)


def test_all_requests_are_answered_together(place: Path) -> None:
    """A look answers the requests that came before it, and no later one."""
    looks = Looks(partial(touched, place), Clock())
    before = [looks.ask(), looks.ask()]
    look = looks.begin()
    after = looks.ask()
    looks.answer(look)

    assert ([True, True], False, True) == ([one.called for one in before], after.called, looks.wanted)


def test_a_look_that_takes_too_long(place: Path) -> None:
    """A request is answered after some seconds, and harmlessly once more when the look is taken."""
    clock = Clock()
    looks = Looks(partial(touched, place), clock)
    request = looks.ask()
    look = looks.begin()
    clock.advance(5.0)
    late = request.called
    looks.answer(look)

    assert late
