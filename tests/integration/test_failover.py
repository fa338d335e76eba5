"""A database whose standby takes over: nothing that was acknowledged is lost, and the server goes on."""

from __future__ import annotations

from pytest_twisted import ensureDeferred

from classchat.core.entries import Said
from tests.integration.journals import soon, until
from tests.integration.test_postgres_journal import goes_on, is_undecided, log_of
from tests.postgres import FAST, Cluster, Standby

_FOLLOWED = ("wal_level=replica", "max_wal_senders=3")


@ensureDeferred
async def test_a_standby_takes_over(nothing_left_over: None, nothing_logged: list[str]) -> None:
    """With a URL that names both, a server finds the one that can be written to, which has all of it once."""
    primary = Cluster(*FAST, *_FOLLOWED)
    standby = Standby(primary, *FAST, *_FOLLOWED)
    try:
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        log = log_of(standby.url())
        alice = log.user("Alice")
        room = log.room("R", alice)
        for number in range(20):
            log.say(alice, room, f"{number}", f"{number}")
        await log.settled()
        for number in range(20, 30):
            log.say(alice, room, f"{number}", f"{number}")  # this batch may be on its way
        primary.kill()
        await until(lambda: log.taken_back or is_undecided(log), "it is noticed")
        standby.take_over()
        await until(lambda: goes_on(log, room, alice), "it goes on")
        await log.settled()
        said = [entry for entry in log.delivered if isinstance(entry, Said)]
        kept = await log.texts(room)
        logged, nothing_logged[:] = list(nothing_logged), []
        await soon(log.journal.close())
    finally:
        standby.close()
        primary.close()

    assert [entry.text for entry in said] == kept
    assert list(range(1, len(said) + 1)) == [entry.seq for entry in said]
    assert 1 <= sum("messages are refused" in line for line in logged) <= 2  # chores may fail as well
