"""How a link calls its server: an endpoint that can be held back, and a protocol for each connection."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.client.link.protocol import ClientProtocol


class Calls(Factory):
    """A factory that makes a protocol for each connection."""

    noisy = False

    def __init__(self, call: Callable[[], ClientProtocol]) -> None:
        """Make protocols with `call`."""
        self._call = call

    def buildProtocol(self, addr: IAddress | None) -> ClientProtocol:  # noqa: ARG002
        """Return the protocol of a connection that was just made."""
        return self._call()


@implementer(IStreamClientEndpoint)
class WatchedEndpoint:
    """An endpoint that waits until the link may call, and reports each failure to connect."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        may_call: Callable[[], Deferred[None]],
        failed: Callable[[Failure], None],
    ) -> None:
        """Call the `endpoint` when what `may_call` returns fires; tell `failed` of failures."""
        self._endpoint = endpoint
        self._may_call = may_call
        self._failed = failed

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Call the server."""
        waiting = self._may_call()
        calling: Deferred[IProtocol] = waiting.addCallback(lambda _: self._endpoint.connect(protocolFactory))
        return calling.addErrback(self._look_at)

    def _look_at(self, failure: Failure) -> Failure:
        self._failed(failure)
        return failure
