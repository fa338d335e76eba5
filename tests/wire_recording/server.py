"""A server as `tap.makeService` builds it; time, chance, passwords and threads around it are made by hand."""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

import argon2
import twisted.internet
from argon2.exceptions import VerifyMismatchError
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from classchat.journal.administration import Administration
from classchat.passwords import hash_password
from classchat.tap import Options, makeService
from tests.wire_recording.client import LOCAL, Client, EncryptedClient
from tests.wire_recording.transcript import Transcript

BEGIN = 1_795_428_000.125
"""2026-11-23T10:00:00.125Z, in seconds since 1970."""

_MOST_STEPS = 10_000
_LATER = ("--no-web", "--no-irc")
"""Options that the server of the recording did not have, for it had neither page nor IRC."""


class _Reactor(MemoryReactorClock):
    """A reactor with a clock set by hand, which listens on no port."""

    def __init__(self) -> None:
        super().__init__()
        self.rightNow = BEGIN

    def callFromThread(self, call: Callable[..., object], *words: Any, **named: Any) -> None:
        """Call something in the next turn."""
        self.callLater(0, call, *words, **named)


class Threads:
    """What is done in threads: at once, or when they are let go, or it fails."""

    def __init__(self) -> None:
        self.held = ""
        """A part of the names of the threads that are held."""
        self.fails: tuple[str, Exception] | None = None
        """A part of the names of threads, and how all that they do fails."""
        self._waiting: list[Callable[[], None]] = []

    def let_go(self) -> None:
        """Run the held calls."""
        self.held = ""
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()

    def call(self, pool: ThreadPool, on_result: Any, call: Any, *words: Any, **named: Any) -> None:
        """Replace `ThreadPool.callInThreadWithCallback`."""

        def work() -> None:
            try:
                if self.fails is not None and self.fails[0] in (pool.name or ""):
                    raise self.fails[1]
                result = call(*words, **named)
            except Exception:
                on_result(False, Failure())
            else:
                on_result(True, result)

        if self.held and self.held in (pool.name or ""):
            self._waiting.append(work)
        else:
            work()


class Server:
    """One server, or several after each other on one journal, and their clients."""

    def __init__(self, words: tuple[str, ...], journal: Path | None) -> None:
        self.clients: list[Client] = []
        self.transcript = Transcript()
        self.threads = Threads()
        self._reactor = _Reactor()
        self._words = words
        self._journal = journal
        self._lagging = False
        self._runs = False
        self._stopped: Any = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the server, and stop it in the end."""
        with ExitStack() as stack:
            for replaced in self._by_hand():
                stack.enter_context(replaced)
            self._start()
            yield
            if self._runs or self._stopped is not None:
                self.stop()

    def _start(self) -> None:
        known = [word for word in self._words if word not in _LATER]
        self.transcript.note(f"the server starts: {' '.join(known)}".rstrip(": "))
        options = Options()
        place = "memory:" if self._journal is None else str(self._journal)
        options.parseOptions(["--journal", place, "--sync", "normal", "--control", "off", *self._words])
        self._service = makeService(options)
        self._service.privilegedStartService()
        self._service.startService()
        self._runs = True
        self._factory = self._reactor.tcpServers[-1][1]

    def _by_hand(self) -> Iterator[Any]:
        """Yield the replacements of everything that varies."""
        chance = map("chance-{:04}-".format, itertools.count(1))
        yield patch.object(twisted.internet, "reactor", self._reactor, create=True)
        yield patch.object(time, "time", self._reactor.seconds)
        yield patch.object(time, "time_ns", lambda: int(self._reactor.seconds() * 1000) * 1_000_000)
        yield patch.object(
            secrets, "token_urlsafe", lambda size: next(chance).ljust((size * 4 + 2) // 3, "x")
        )
        yield patch.object(argon2.PasswordHasher, "hash", lambda _, password: _hash(password))
        yield patch.object(argon2.PasswordHasher, "verify", _verify)
        yield patch.object(ThreadPool, "start", lambda _: None)
        yield patch.object(ThreadPool, "stop", lambda _: None)
        yield patch.object(
            ThreadPool,
            "callInThreadWithCallback",
            lambda pool, *words, **named: self.threads.call(pool, *words, **named),
        )
        frozen = _frozen(self._reactor.seconds)
        for name, module in list(sys.modules.items()):
            if name.startswith("classchat.") and getattr(module, "datetime", None) is datetime:
                yield patch.object(module, "datetime", frozen)

    # What a scene does.

    def connect(self, name: str, address: IAddress = LOCAL, *, encrypted: bool = False) -> Client:
        """Return a client that has connected."""
        self.transcript.introduce(name)
        tls = " with TLS" if encrypted else ""
        self.transcript.note(f"{name} connects{tls}" + ("" if address is LOCAL else f" from {address.host}"))
        kind = EncryptedClient if encrypted else Client
        client = kind(name, self._factory.buildProtocol(address), self.transcript, address, self.settle)
        self.clients.append(client)
        self.settle()
        return client

    @contextmanager
    def one_turn(self) -> Iterator[None]:
        """Deliver everything that is sent inside the context in one turn of the reactor."""
        self.transcript.note("within one turn:")
        self._lagging = True
        yield
        self._lagging = False
        self.settle()

    def settle(self) -> None:
        """Run turns of the reactor until no more happens at this time."""
        if self._lagging:
            for client in self.clients:
                client.deliver()
            return
        for _ in range(_MOST_STEPS):
            self._reactor.advance(0)
            moved = [client.progress() for client in self.clients]
            if not any(moved) and not self._due_within(0):
                self.transcript.flush()
                return
        raise AssertionError("it never settles")

    def wait(self, seconds: float) -> None:
        """Advance the clock, from timer to timer."""
        self.transcript.note(f"{seconds:g} s pass")
        begun = self._reactor.seconds()
        while self._due_within(begun + seconds - self._reactor.seconds()):
            first = min(call.getTime() for call in self._reactor.getDelayedCalls())
            self._reactor.advance(max(first - self._reactor.seconds(), 0))
            self._settle_later(begun)
        self._reactor.advance(begun + seconds - self._reactor.seconds())
        self._settle_later(begun)

    def skip(self, seconds: float) -> None:
        """Advance the clock at once, as on a machine that slept: all timers are late."""
        self.transcript.note(f"{seconds:g} s pass at once")
        self._reactor.advance(seconds)
        self.settle()

    def begin_stopping(self) -> None:
        """Send the server SIGTERM."""
        self.transcript.note("the server stops")
        self._runs = False
        self._stopped = self._service.stopService()
        self.settle()

    def stop(self) -> None:
        """Stop the server as SIGTERM does."""
        if self._stopped is None:
            self.begin_stopping()
        stopped, self._stopped = self._stopped, None
        begun = self._reactor.seconds()
        for _ in range(200):
            if stopped.called:
                break
            self._reactor.advance(0.125)
            self._settle_later(begun)
        assert stopped.called, "the server does not stop"
        stopped.addErrback(lambda failure: failure.raiseException())
        for client in self.clients:
            if not client.gone:
                client.drop()

    def restart(self) -> None:
        """Stop the server, and start it again on the same journal."""
        self.stop()
        self._start()

    @contextmanager
    def administration(self, what: str) -> Iterator[Administration]:
        """Return the operator's access to the journal while the server runs."""
        assert self._journal is not None
        self.transcript.note(f"classchat admin: {what}")
        now = int(self._reactor.seconds() * 1000)
        with closing(Administration(str(self._journal), lambda: now)) as administration:
            yield administration

    def claim_beside(self, name: str, password: str, *, operator: bool = False) -> None:
        """Claim a name with `classchat admin`."""
        with self.administration(f"claim {name}" + (", operator" if operator else "")) as administration:
            administration.claim(name, hash_password(password))
            if operator:
                administration.set_operator(name, True)

    def hold(self, threads: str) -> None:
        """Hold the calls of threads with this part in their names."""
        self.transcript.note(f"what is done in '{threads}' waits")
        self.threads.held = threads

    def let_go(self) -> None:
        """Run the held calls, and hold no others."""
        self.transcript.note("nothing waits any more")
        self.threads.let_go()
        self.settle()

    def fail(self, threads: str, error: Exception | None = None) -> None:
        """Make all calls fail in threads with this part in their names."""
        self.transcript.note(f"what is done in '{threads}' fails")
        self.threads.fails = (threads, error or sqlite3.OperationalError("disk I/O error"))

    def mend(self) -> None:
        """Make calls succeed again."""
        self.transcript.note("nothing fails any more")
        self.threads.fails = None

    def _settle_later(self, begun: float) -> None:
        for _ in range(_MOST_STEPS):
            self._reactor.advance(0)
            moved = [client.progress() for client in self.clients]
            if not any(moved):
                break
        self.transcript.flush(f"+{self._reactor.seconds() - begun:g} s")

    def _due_within(self, seconds: float) -> bool:
        end = self._reactor.seconds() + seconds
        return any(call.getTime() <= end for call in self._reactor.getDelayedCalls())


def _hash(password: str | bytes) -> str:
    """Return a cheap replacement for the hash of a password."""
    data = password.encode() if isinstance(password, str) else password
    return "$argon2id$" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def _verify(_: argon2.PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
    if hash != _hash(password):
        raise VerifyMismatchError
    return True


def _frozen(seconds: Callable[[], float]) -> type[datetime]:
    """Return a `datetime` that takes the time from the test's clock."""

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(seconds(), tz)

    return Frozen
