"""Listening, and stopping without losing anything that was accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort, IStreamServerEndpoint
from twisted.logger import ILogObserver, Logger
from twisted.python.failure import Failure

from classchat.control_place import BadPlace
from classchat.core.journal_port import CannotOpen
from classchat.core.notices import (
    Certified,
    Joinable,
    Keeping,
    Notice,
    Observe,
    OnlyHere,
    Reconfigured,
    Sharing,
    Started,
    Stopping,
    TakesIRC,
    Unclaimed,
    Waiting,
)
from classchat.interfaces import is_loopback, main_address
from classchat.option_table import Misuse
from classchat.process import collect_less_garbage, on_hangup, on_rotation
from classchat.servers.browsing import EVERYWHERE, UNKNOWN, PageLinks
from classchat.servers.certificates import CertificateError
from classchat.servers.control import Control
from classchat.servers.file_store import FileStore
from classchat.servers.outgoing_hooks import OutgoingHooks
from classchat.servers.renewal import Renewal
from classchat.servers.tcp import ChatFactory
from classchat.servers.tls import Encryption
from classchat.servers.transports import INTERNET


class CannotStart(SystemExit, Exception):
    """The server can't start; the one argument says why in a sentence.

    A `SystemExit`, so that the interpreter prints the sentence and no traceback, with exit code 1;
    and an `Exception`, so that a daemon's `twistd` tells it to the terminal that started it.
    """


class ChatService(Service):
    """One chat, listening on all its endpoints while it runs."""

    _log = Logger()

    def __init__(
        self,
        factory: ChatFactory,
        endpoints: Mapping[str, IStreamServerEndpoint],
        observe: Observe,
        operators: Sequence[str] = (),
        keeping: Keeping | None = None,
        pages: PageLinks | None = None,
        *,
        irc: bool = False,
        renewal: Renewal | None = None,
        files: FileStore | None = None,
    ) -> None:
        """Listen on `endpoints`, by the names that the operator gave them.

        When the server starts, the console shows which `operators` have no account yet, where everything is
        kept (`keeping`), the links to the page (`pages`), if there is a page, and that IRC clients may join,
        if they may (`irc`). Where other nodes can remove this one, a `renewal` starts again then.
        The store of `files` is stopped with the service.
        """
        self.control: Control | None = None
        """Lets the operator ask and steer the server: set where that is built."""
        self.hooks: OutgoingHooks | None = None
        """What calls programs on messages: set where the server is built."""
        self.must_have_control = False
        """Whether the server refuses to start without its control: the operator has asked for it."""
        self.read_options_again: Callable[[], list[Reconfigured]] = _no_changes
        """Reads the options again, on SIGHUP; it may raise Misuse: set where the server is built."""
        self.log_file: ILogObserver | None = None
        """What twistd logs to, instead of its own log: set where the server is built."""
        self.reopen_log: Callable[[], None] | None = None
        """Begins a new file for that, on SIGUSR1: likewise."""
        self._keeping = keeping
        self._pages = pages
        self._irc = irc
        self._renewal = renewal
        self._files = files
        self.factory = factory
        self._encryption = factory.encryption or Encryption(None)
        self._endpoints = endpoints
        self._observe = observe
        self._operators = operators
        self._ports: list[IListeningPort] = []
        self._problem: Failure | None = None
        self._deaf: Callable[[], None] = _nothing

    def setServiceParent(self, parent: Any) -> None:
        """Become a part of an application of twistd, which logs to what is set as its component."""
        if self.log_file is not None:
            parent.setComponent(ILogObserver, self.log_file)
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Listen, with the rights of the user who started us: a port below 1024 needs them.

        Raises:
            CannotStart: an address is taken, not ours, or not allowed; or the certificate can't be read.
        """
        collect_less_garbage()
        if self._encryption.source is not None and self._encryption.source.is_there:
            self._open_certificate()
        for place, endpoint in self._endpoints.items():
            endpoint.listen(self.factory).addCallbacks(self._ports.append, self._cannot_listen)
            if self._problem is not None:
                self._stop_listening()
                raise CannotStart(_explained(place, self._problem.value)) from None

    def startService(self) -> None:
        """Open the journal, with the rights of the server, and show where it listens.

        Raises:
            CannotStart: the journal can't be opened, or the certificate can't be made.
        """
        try:
            self.factory.chat.open()
        except CannotOpen as error:
            self._stop_listening()
            raise CannotStart(f"classchat: {error}") from None
        if self._renewal is not None:
            self._renewal.watch(self.factory.chat)
        self._open_certificate()  # only the process that has the journal makes one
        self._open_control()
        if self.hooks is not None:
            self.hooks.open(lambda: self.factory.chat)
        super().startService()
        started = [Started(_described(port.getHost())) for port in self._ports]
        self._deaf = on_hangup(self._in_turn(self._look_again), self._in_turn(self._stop_process))
        if self.reopen_log is not None:
            on_rotation(self._in_turn(self.reopen_log))
        where: list[Notice] = [self._keeping] if self._keeping else []
        if self.factory.chat.journal.neighbours:
            where.append(Sharing(tuple(self.factory.chat.journal.neighbours)))
        if self._pages is not None:
            self._pages.listen_at(port.getHost() for port in self._ports)
        irc = [TakesIRC()] if self._irc else []
        known = [*self._how_to_join(), *irc, *self._only_here(), *where, *self._unclaimed()]
        self._observe([*started, Waiting(), *known])

    def stopService(self) -> Deferred[None]:
        """Stop listening, deliver what was accepted, and hang up; return what fires when all is done."""
        super().stopService()
        self._deaf()
        self._observe([Stopping()])
        return Deferred.fromCoroutine(self._stop())

    def _stop_listening(self) -> Deferred[Any]:
        ports, self._ports = self._ports, []
        stopping = [maybeDeferred(port.stopListening) for port in ports]
        for one in stopping:
            one.addErrback(lambda failure: self._log.failure("Can't stop listening", failure))
        return DeferredList(stopping)

    def _cannot_listen(self, problem: Failure) -> None:
        self._problem = problem
        if self.running:  # too late to refuse to start: this endpoint was slow
            self._log.failure("Can't listen", problem)

    # The certificate.

    def _open_certificate(self) -> None:
        try:
            self._encryption.open()
        except CertificateError as error:
            self._stop_listening()
            raise CannotStart(f"classchat: {error}") from None

    def _how_to_join(self) -> list[Notice]:
        """Return what users need to know to connect."""
        links = self._pages.links() if self._pages is not None else []
        source, certificate = self._encryption.source, self._encryption.certificate
        if source is None or certificate is None:
            return [*links]
        places = [_joined(port.getHost()) for port in self._ports]
        joinable = [Joinable(place, certificate.fingerprint) for place in places if place is not None]
        return [Certified(certificate.fingerprint, source.lasts), *joinable, *links]

    def _unclaimed(self) -> list[Notice]:
        """Return which operators have no account yet."""
        chat = self.factory.chat
        missing = [name for name in self._operators if chat.accounts.find(name) is None]
        return [Unclaimed(name, chat.journal.shared) for name in missing]

    def _only_here(self) -> list[Notice]:
        """Return what to do where only this machine can connect."""
        hosts = [port.getHost() for port in self._ports]
        places = [host for host in hosts if isinstance(host, INTERNET)]
        is_local = all(isinstance(host, UNIXAddress) or host in places for host in hosts)
        is_local = is_local and bool(places) and all(is_loopback(place.host) for place in places)
        return [OnlyHere(places[0].port)] if is_local else []

    def _look_again(self) -> None:
        """Do what SIGHUP asks for: a mistake in the options is logged."""
        try:
            self.look_again()
        except Misuse as error:
            self._log.warn("{error}. The options in use stay.", error=error)

    def look_again(self) -> list[Reconfigured]:
        """Use another certificate for new connections, and other options; return which have changed.

        Raises:
            Misuse: the options are wrong, and those in use stay.
        """
        if self._encryption.open_again():
            self._observe(self._how_to_join())
        return self.read_options_again()

    def _open_control(self) -> None:
        """Open the socket for the operator.

        Raises:
            CannotStart: it can't be opened where the operator has asked for it.
        """
        if self.control is None:
            return
        try:
            self.control.open()
        except BadPlace as error:
            if self.must_have_control:
                self._stop_listening()
                raise CannotStart(f"classchat: --control: {error}.") from None
            self._log.warn("'classchat status' can't reach this server: {error}.", error=error)

    @property
    def addresses(self) -> list[str]:
        """Where the server listens, as users have to write it."""
        return [_described(port.getHost()) for port in self._ports]

    def _in_turn(self, call: Callable[[], object]) -> Callable[[], None]:
        """Return a function that can be called at any time, and has `call` called in the reactor's turn."""
        reactor: Any = self.factory.clock
        return lambda: reactor.callFromThread(call)

    def _stop_process(self) -> None:
        reactor: Any = self.factory.clock
        reactor.stop()

    # Stopping.

    async def _stop(self) -> None:
        self.factory.chat.close()
        if self.hooks is not None:
            self.hooks.close()
        if self.control is not None:
            await self.control.close()
        renewing = None if self._renewal is None else self._renewal.stop()
        await self._stop_listening()
        if renewing is not None:
            await renewing
        settled = Deferred.fromCoroutine(self._settled())
        await settled.addTimeout(self.factory.limits.settling, self.factory.clock, lambda *_: None)
        await self.factory.shut_down()
        await self.factory.chat.journal.close()
        self.factory.chat.stop()
        if self._files is not None:
            self._files.stop()

    async def _settled(self) -> None:
        await self.factory.chat.settled()


def _explained(place: str, error: BaseException | None) -> str:
    """Return why the server can't listen on an endpoint, and what to do, in a sentence."""
    if isinstance(error, CannotListenError):
        error = error.socketError
    why = getattr(error, "strerror", None) or error
    return f"Can't listen on {place}: {why}. Choose another address with --host, --port or --listen."


def _described(address: IAddress) -> str:
    """Return where a port listens, as a user has to write it."""
    match address:
        case IPv4Address():
            return f"{address.host}:{address.port}"
        case IPv6Address():
            return f"[{address.host}]:{address.port}"
        case UNIXAddress():
            return f"unix:{address.name.decode(errors='replace') if address.name else ''}"
        case _:
            return str(address)


def _joined(address: IAddress) -> str | None:
    """Return the address under which other machines reach a port; None if they can't."""
    if not isinstance(address, INTERNET):
        return None
    host = address.host
    if host in EVERYWHERE:
        host = main_address(EVERYWHERE[host]) or UNKNOWN
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"


def _no_changes() -> list[Reconfigured]:
    """Change nothing: there are no options to read again."""
    return []


def _nothing() -> None:
    """Do nothing: no signal is handled yet."""
