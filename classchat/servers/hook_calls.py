"""One call of a program, over HTTP: no redirect is followed, and neither time nor answer is unbounded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IResponse
from zope.interface import implementer

import classchat
from classchat.servers.public_addresses import PublicAddresses, PublicEndpoints

_PATIENCE: Final = 10.0
"""Seconds for a call, from the name's look-up to the end of the answer."""

_LONGEST_ANSWER: Final = 65_536


class CallAnswer(NamedTuple):
    """What a program has answered."""

    status: int
    body: bytes
    content_type: str


class AnswerTooLong(Exception):
    """The answer of a program is too long."""


Call = Callable[[str, bytes, Mapping[str, str]], Awaitable[CallAnswer]]
"""Calls a URL with a body and headers; returns the answer, or raises what kept it from coming."""


@implementer(IBodyProducer)
class _Body:
    """The body of a call, which is short: it is written at once."""

    def __init__(self, body: bytes) -> None:
        self.length = len(body)
        self._body = body

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """Write all of it."""
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Do nothing: all is written."""

    def resumeProducing(self) -> None:
        """Do nothing: likewise."""

    def stopProducing(self) -> None:
        """Do nothing: likewise."""


class _Bounded(Protocol):
    """Collects the body of an answer, up to a bound."""

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._hang_up())
        self._data = b""
        self._ended = False

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of it."""
        self._data += data
        if len(self._data) > _LONGEST_ANSWER:
            self._end(AnswerTooLong())
            self._hang_up()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is complete, or will not be."""
        complete = reason.check(ResponseDone, PotentialDataLoss) is not None
        self._end(None if complete else reason.value)

    def _end(self, error: BaseException | None) -> None:
        if self._ended:
            return
        self._ended = True
        if error is None:
            self.whole.callback(self._data)
        else:
            self.whole.errback(error)

    def _hang_up(self) -> None:
        self._ended = True
        if self.transport is not None:
            self.transport.loseConnection()


def calls(reactor: Any, public: PublicAddresses) -> Call:
    """Return a function that calls programs, if their addresses may be called."""
    agent = Agent.usingEndpointFactory(reactor, PublicEndpoints(reactor, public))

    async def ask(url: str, body: bytes, headers: Mapping[str, str]) -> CallAnswer:
        sent = Headers({name: [value] for name, value in headers.items()})
        sent.setRawHeaders("User-Agent", [f"ClassChat/{classchat.__version__}"])
        asked = agent.request(b"POST", url.encode("ascii"), sent, _Body(body))
        response: IResponse = await asked
        reading = _Bounded()
        response.deliverBody(reading)
        kinds = response.headers.getRawHeaders("Content-Type", [""])
        return CallAnswer(response.code, await reading.whole, kinds[-1])

    def call(url: str, body: bytes, headers: Mapping[str, str]) -> Deferred[CallAnswer]:
        return Deferred.fromCoroutine(ask(url, body, headers)).addTimeout(_PATIENCE, reactor)

    return call
