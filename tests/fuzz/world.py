"""A server and its environment: a clock, a disk that can be full, and slow passwords."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock, deferLater
from twisted.logger import LogEvent, LogLevel, eventAsText, globalLogPublisher
from twisted.python.failure import Failure

from classchat import names
from classchat.console import log_notices
from classchat.core.chat import Chat
from classchat.core.journal_port import Journal
from classchat.core.ports import Passwords
from classchat.errors import Busy
from classchat.irc.network import Network
from classchat.journal import batching, threads
from classchat.journal.administration import Administration
from classchat.journal.command_changes import NotDone
from classchat.journal.memory import MemoryJournal
from classchat.journal.sqlite import SQLiteJournal
from classchat.journal.worker import within
from classchat.limits import Limits, Rate
from classchat.notice_sentences import Sentences
from classchat.passwords import usable
from classchat.servers.certificates import Passing
from classchat.servers.doors import LOOPBACK, Doors
from classchat.servers.http import visits
from classchat.servers.irc import row
from classchat.servers.proxies import UNIX, Proxies
from classchat.servers.sniffer import DIALECTS
from classchat.servers.tcp import ChatFactory
from classchat.servers.tls import Encryption, Plaintext
from classchat.texts import stamp
from tests.fuzz import prefaces
from tests.fuzz.choices import Choices
from tests.fuzz.ends import ADDRESSES, End, WebEnd
from tests.fuzz.irc_ends import IRCEnd
from tests.new_files import with_tables
from tests.unit.servers.helpers import PlainSite

T = TypeVar("T")

_BEGIN = 1_795_000_000.0
"""The start of the clock, in seconds since 1970."""

PROXIES = [ip_network("192.0.2.2"), ip_network("2001:db8::1"), UNIX]
"""Those whose PROXY headers count, if any."""

_SMALL = replace(
    Limits(),
    rooms=3,
    rooms_of_user=2,
    behind=65_536,
    accounts=2,
    messages=Rate(2, 1.0),
    connections=4,
    listing=2_000,
)
_CHOOSE_LIMITS = [Limits(), Limits().without_guard(), _SMALL, replace(Limits(), names="claimed")]


class SlowPasswords(Passwords):
    """Stores passwords as they are, but takes a while, and only a few at once."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        prepared = usable(password)
        await self._work()
        return f"hash of {hash(prepared)}"

    async def verify(self, hash_: str | None, password: str) -> bool:
        """Return whether a password matches a hash."""
        await self._work()
        return hash_ == f"hash of {hash(password)}"

    def stop(self) -> None:
        """Do nothing: no threads were started."""

    async def _work(self) -> None:
        if self._waiting >= 3:
            raise Busy
        self._waiting += 1
        try:
            if self._seconds:
                await deferLater(self._clock, self._seconds)
        finally:
            self._waiting -= 1


class Disk:
    """A disk, which may be full."""

    full = False


class _Turn:
    """A replacement for a thread: its work is done a turn later, or fails."""

    def __init__(self, disk: Disk, clock: Clock, name: str) -> None:
        self._disk = disk
        self._clock = clock
        self._writes = "writer" in name
        self._last: Deferred[Any] | None = None

    def start(self) -> None:
        """Do nothing: there is no thread."""

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Run work in the next turn."""
        if self._disk.full and self._writes:
            return deferLater(self._clock, 0, lambda: fail(sqlite3.OperationalError("disk is full")))
        return deferLater(self._clock, 0, work)

    async def stop(self, last: Callable[[], object], patience: float) -> bool:
        """Run a last job and stop."""
        return await within(patience, self._clock, self.do(last))


class Log:
    """The log, which must not contain failures."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.lines: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        """Keep an event."""
        if isinstance(event.get("sentences"), Sentences):
            self.lines += event["sentences"]._sentences
        elif "log_failure" in event or event.get("log_level") == LogLevel.critical:
            self.failures.append(eventAsText(event))
        else:
            self.lines.append(eventAsText(event))


class World:
    """One server after the other, on one disk."""

    def __init__(self, choices: Choices) -> None:
        self.clock = Clock()
        self.clock.rightNow = _BEGIN
        self.log = Log()
        self.disk = Disk()
        self.durable = choices.one_in(12)
        self.limits = choices.of(_CHOOSE_LIMITS)
        self._plaintext = choices.of([Plaintext.ANY] * 6 + [Plaintext.LOCAL, Plaintext.NEVER])
        self._hashing = choices.of([0.0, 0.05])
        self._proxies = Proxies(PROXIES if choices.one_in(3) else ())
        self.ends: list[End] = []
        self._directory = Path(tempfile.mkdtemp(prefix="fuzz-")) if self.durable else None
        if self._directory is not None:
            with_tables(self._directory / "journal")
        globalLogPublisher.addObserver(self.log)
        self._begin()

    def _begin(self) -> None:
        self.journal = self._journal()
        passwords = SlowPasswords(self.clock, self._hashing)
        self.chat = Chat(self.journal, log_notices, self.limits, self.clock, passwords, self.clock)
        self.chat.open()
        encryption = Encryption(_certificate().source, self._plaintext)
        encryption.certificate = _certificate().certificate
        doors = Doors(self.limits, self.clock, log_notices, LOOPBACK)
        site = visits(PlainSite(), self.limits)
        self.network = Network(self.clock.seconds())
        dialects = (row(self.network), *DIALECTS)
        self.factory = ChatFactory(
            self.chat, log_notices, self.clock, doors, encryption, dialects, site, self._proxies
        )

    def _journal(self) -> Journal:
        if self._directory is None:
            return MemoryJournal(self.clock, lambda: stamp(int(self.clock.seconds() * 1000)))

        def worker(clock: Clock, name: str) -> _Turn:
            return _Turn(self.disk, clock, name)

        with patch.object(batching, "Worker", worker), patch.object(threads, "Worker", worker):
            return SQLiteJournal(self._directory / "journal", self.clock, "normal", 86_400.0 * 2, self.clock)

    # Events.

    def connects(self, choices: Choices) -> End | None:
        """Connect a client, in some way and from some address; return None if that fails."""
        address = ADDRESSES[0] if not choices.one_in(3) else choices.of(ADDRESSES)
        protocol = self.factory.buildProtocol(address)
        if protocol is None:
            return None
        encrypted = choices.one_in(12)
        if self._proxies.trusts(address):
            preface = prefaces.of_proxy(choices, address)
        else:
            preface = prefaces.of_liar(choices)
        kind = IRCEnd if choices.one_in(3) else WebEnd if choices.one_in(4) else End
        end = kind(protocol, address, choices, preface, encrypted=encrypted)
        self.ends.append(end)
        return end

    def passes(self, seconds: float) -> None:
        """Advance the clock, and deliver the sent bytes."""
        self.clock.advance(seconds)
        for end in self.ends:
            end.arrives()

    def settles(self, seconds: int) -> None:
        """Advance the clock in steps, so that events can cause others."""
        for _ in range(4):
            self.passes(0)
        for _ in range(seconds):
            self.passes(1)

    def restarts(self) -> None:
        """Stop the server as SIGTERM does, and start it again on the same file."""
        self.stops()
        self._begin()

    def administers(self, name: str, choices: Choices) -> None:
        """Change a name's account in the file, as `classchat admin` does while the server runs."""
        shown = names.user_name(name, Limits.user_name)
        if self._directory is None or shown is None or names.reserved_for_users(shown):
            return
        path, hashed = self._directory / "journal", f"hash of {hash(usable('the operator'))}"
        now = int(self.clock.seconds() * 1000)
        with closing(Administration(str(path), lambda: now)) as administration, suppress(NotDone):
            match choices.below(5):
                case 0:
                    administration.claim(shown, hashed)
                case 1:
                    administration.release(shown)
                case 2:
                    administration.set_password(shown, hashed)
                case _:
                    administration.set_operator(shown, choices.one_in(2))

    def stops(self) -> None:
        """Stop the server as SIGTERM does."""
        self.chat.close()
        shut = self.factory.shut_down()
        self.settles(3)
        for end in self.ends:
            end.drops()
        assert shut.called, "a server that is shut down has connections"
        self.disk.full = False
        closed = Deferred.fromCoroutine(self.journal.close())
        self.settles(12)
        assert closed.called, "the journal does not close"
        closed.addErrback(_reraise)
        self.chat.stop()
        self.settles(1)

    def ends_for_good(self) -> None:
        """Stop the server, and clean up."""
        globalLogPublisher.removeObserver(self.log)
        if self._directory is not None:
            shutil.rmtree(self._directory)


def _reraise(failure: Failure) -> None:
    failure.raiseException()


@cache
def _certificate() -> Encryption:
    encryption = Encryption(Passing())
    encryption.open()
    return encryption
