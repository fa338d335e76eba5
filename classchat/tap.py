"""The server's composition root: the only module that builds and joins it.

`twistd classchat` finds `Options` and `makeService` here. `classchat serve` runs the same service.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from classchat.clocks import TimeOfDay, measure_steadily
from classchat.console import log_notices
from classchat.contents import Contents, beside
from classchat.control_accounts import AccountDesk
from classchat.control_desk import ControlDesk
from classchat.control_settings import ForeignLogs, Logs, SettingsDesk
from classchat.control_state import StateDesk
from classchat.core.chat import Chat
from classchat.core.journal_port import CannotOpen, Journal
from classchat.core.notices import Keeping, Observe, Reconfigured
from classchat.core.shared_files import StoredFile
from classchat.core.tally import Tally
from classchat.files import doubts_about_file
from classchat.interfaces import own_addresses
from classchat.irc.network import Network
from classchat.journal.memory import MemoryJournal
from classchat.journal.postgres.address import check_address, is_address
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits
from classchat.logs import CannotLog, ServerLogs, logs_of
from classchat.notice_log import NoticeLog
from classchat.option_table import DEFAULT_JOURNAL
from classchat.options import IN_MEMORY, control_place, limits_of
from classchat.passing import passing_name
from classchat.passwords import HashedPasswords
from classchat.process import end_at_second_signal, raise_open_files
from classchat.reloading import Reloading
from classchat.servers.assets import AssetError, load
from classchat.servers.browsing import PageLinks
from classchat.servers.certificates import Given, Kept, Passing, Source
from classchat.servers.codes import QRCodes
from classchat.servers.connection import PageAt, no_page
from classchat.servers.control import Control
from classchat.servers.doors import LOOPBACK, Doors
from classchat.servers.doors import Network as Trusted
from classchat.servers.file_doors import FileDoors
from classchat.servers.file_store import FileStore
from classchat.servers.health import Health
from classchat.servers.hook_calls import calls
from classchat.servers.hosts import Hosts
from classchat.servers.incoming_hooks import IncomingHooks
from classchat.servers.listening_endpoints import endpoints_of
from classchat.servers.metrics import INSTALL, MissingPrometheus, ServerMetrics
from classchat.servers.outgoing_hooks import OutgoingHooks
from classchat.servers.pacing import Pacing
from classchat.servers.proxies import Proxies, Proxy
from classchat.servers.public_addresses import PublicAddresses
from classchat.servers.renewal import Renewal
from classchat.servers.scrapes import Scrapes, read_token
from classchat.servers.service import CannotStart, ChatService
from classchat.servers.site import Site
from classchat.servers.sniffer import DIALECTS, Row
from classchat.servers.tcp import ChatFactory
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.website import Website
from classchat.twistd_options import Options

__all__ = ["Options", "makeService"]

_log = Logger()

_OTHER_FILES = 80
"""Open files other than connections: ports, logs, the journal, and connections that are being refused."""

_EXPECTED_CONNECTIONS = 10_000
"""Connections that a server should have room for; with fewer the operator is warned."""

_WEB = Path(__file__).parent / "web"
"""The files of the page."""

_CERTIFICATE = "-tls.pem"
"""The file of the server's own certificate and key: the journal's name with this suffix."""


def _with_room(limits: Limits, *, web: bool, warn: bool = True) -> Limits:
    """Reduce the connections to what this process can open files for; `warn` if they are few.

    HTTP requests need files of their own, at most a quarter of them all.
    """
    files = raise_open_files()
    room = max(files - _OTHER_FILES, 1)
    visits = min(limits.visits, room // 4) if web else 0
    connections = room - visits
    if warn and connections < min(limits.connections, _EXPECTED_CONNECTIONS):
        _log.warn(
            "Only {connections} connections are possible: this process may open at most {files} files "
            "(ulimit -n)",
            connections=connections,
            files=files,
        )
    return replace(limits, connections=min(limits.connections, connections), visits=max(visits, 1))


def now() -> str:
    """Return the time of day in the protocol's form: RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _keep_all(_: Sequence[StoredFile]) -> None:
    """Delete no content: there is none, or the journal does it by itself."""


def makeContents(options: Mapping[str, Any]) -> Contents | None:
    """Build the directory of shared files, without making it; None where there can't be one.

    A journal in a file has it next to it. Several servers on one database have to share one: see `--files`.
    """
    if options["no-web"] or not options["max-file"]:
        return None
    if options["files"]:
        return Contents(Path(options["files"]))
    if options["journal"] == IN_MEMORY:
        return Contents(Path(tempfile.gettempdir()) / passing_name(), passing=True)
    return None if is_address(options["journal"]) else Contents(beside(options["journal"]))


def makeJournal(
    options: Mapping[str, Any],
    reactor: Any,
    contents: Contents | None = None,
    removed: Callable[[Sequence[StoredFile]], None] = _keep_all,
) -> Journal:
    """Build the journal, without opening it; `removed` gets the shared files that one in memory forgets.

    Raises:
        CannotStart: it is in PostgreSQL, and its URL has a password, or psycopg is not installed.
    """
    portion = options["max-behind"] // 2  # so that a client that keeps up never exceeds the bound
    if options["journal"] == IN_MEMORY:
        journal = MemoryJournal(reactor, now, TimeOfDay(), portion, removed)
        if contents is not None:
            contents.try_to_open(journal.epoch)
        return journal
    if is_address(options["journal"]):
        return _in_postgres(options, reactor, portion, contents)
    path = Path(options["journal"])
    return SQLiteJournal(path, reactor, options["sync"], options["keep"], portion=portion, contents=contents)


def _in_postgres(
    options: Mapping[str, Any], reactor: Any, portion: int, contents: Contents | None
) -> Journal:
    address = options["journal"]
    try:
        check_address(address)
        # Imported late: most servers do not need it, and it needs an extra.
        from classchat.journal.postgres.postgres_journal import PostgresJournal
    except CannotOpen as error:
        raise CannotStart(f"classchat: {error}") from None
    return PostgresJournal(
        address, reactor, options["sync"], options["keep"], portion=portion, contents=contents
    )


def makeEncryption(options: Mapping[str, Any]) -> Encryption:
    """Build the encryption of connections, without loading a certificate."""
    return Encryption(_source(options), Plaintext(options["plaintext"]))


def _source(options: Mapping[str, Any]) -> Source | None:
    """Return the source of the certificate; a journal in a file has a certificate file next to it.

    With one in PostgreSQL the file is in the current directory.
    """
    if options["no-tls"]:
        return None
    if options["certificate"] is not None:
        return Given(Path(options["certificate"]), Path(options["key"]) if options["key"] else None)
    if options["journal"] == IN_MEMORY:
        return Passing()
    if is_address(options["journal"]):  # where it was before the journal moved into a database
        return Kept(Path(DEFAULT_JOURNAL + _CERTIFICATE))
    return Kept(Path(options["journal"] + _CERTIFICATE))


def makeSite(options: Mapping[str, Any], pages: PageLinks, encryption: Encryption, reactor: Any) -> Website:
    """Build the web site.

    Raises:
        CannotStart: the page's files are incomplete.
    """
    try:
        assets = load(_WEB, _WEB.parent / "__pycache__")
    except AssetError as error:
        raise CannotStart(f"classchat: {error} Install ClassChat again, or use --no-web.") from None
    hosts = Hosts(options["web-name"], lambda: encryption.names)
    reactor.callWhenRunning(hosts.add_names_of_machine)
    proxies = Proxies(options["proxy"])
    return Website(assets, QRCodes(reactor), hosts, proxies, pages, encryption.plaintext)


def makeChat(
    journal: Journal,
    clock: IReactorTime,
    limits: Limits,
    observe: Observe = log_notices,
    files_off: Callable[[], str] | None = None,
) -> Chat:
    """Build the chat, without opening its journal; `files_off` returns why files can't be shared, or ""."""
    chat = Chat(journal, observe, limits, clock, HashedPasswords(clock), TimeOfDay())
    if files_off is not None:
        chat.files.why_off = files_off
    return chat


def _why_off(options: Mapping[str, Any], contents: Contents | None) -> Callable[[], str]:
    """Return what says why files can't be shared."""
    if contents is not None:
        return lambda: contents.problem
    if options["no-web"]:
        return lambda: "the server has no web address"
    if options["max-file"]:
        return lambda: "the servers on this database share no directory (--files)"
    return lambda: "the server takes none"


def makeFactory(
    journal: Journal,
    clock: IReactorTime,
    limits: Limits,
    trusted: Sequence[Trusted] = (),
    encryption: Encryption | None = None,
    site: Site | None = None,
    network: Network | None = None,
    proxies: Iterable[Proxy] = (),
    observe: Observe = log_notices,
    page_at: PageAt = no_page,
    files_off: Callable[[], str] | None = None,
) -> ChatFactory:
    """Build the chat and the factory of its connections.

    Connections from `trusted` networks are not counted by address; without `encryption`, all are plain text;
    without a `site`, there is no HTTP, and without a `network` no IRC. Connections from `proxies` begin with
    a PROXY header. `page_at` returns where clients find the page, `files_off` why files can't be shared.
    """
    chat = makeChat(journal, clock, limits, observe, files_off)
    doors = Doors(limits, clock, observe, [*LOOPBACK, *trusted])
    visits = None
    if site is not None:
        from classchat.servers import http  # imported late: a server without a site does not need it

        visits = http.visits(site, limits)
    dialects: Sequence[Row] = DIALECTS
    if network is not None:
        from classchat.servers import irc  # the same

        dialects = (irc.row(network), *DIALECTS)
    return ChatFactory(chat, observe, clock, doors, encryption, dialects, visits, Proxies(proxies), page_at)


def makeNetwork(options: Mapping[str, Any]) -> Network | None:
    """Build what the server is to IRC clients; None if it takes none."""
    if options["no-irc"]:
        return None
    name, description, replay = (
        options[each] for each in ("network-name", "network-description", "irc-replay")
    )
    return Network(TimeOfDay().seconds(), name, description, replay)


def makeScrapes(options: Mapping[str, Any], factory: ChatFactory, tally: Tally) -> Scrapes:
    """Build what answers requests for the server's numbers.

    Raises:
        CannotStart: the token can't be read, or there is nothing to write the numbers with.
    """
    metrics, token = ServerMetrics(factory, tally), None
    if options["metrics-token"] is not None:
        path = Path(options["metrics-token"])
        try:
            token = read_token(path)
            metrics.check()
        except ValueError as error:
            raise CannotStart(f"classchat: {error}") from None
        except MissingPrometheus:
            raise CannotStart(f"classchat: --metrics-token needs prometheus-client: {INSTALL}") from None
        for doubt in doubts_about_file(path, "The token"):
            _log.warn("{doubt}", doubt=doubt)
    return Scrapes(metrics, token)


@runtime_checkable
class Rereadable(Protocol):
    """Options that can be read again."""

    def again(self) -> Mapping[str, Any]:
        """Return the options as they would be after another start; may raise Misuse."""


def makeControl(
    options: Mapping[str, Any],
    service: ChatService,
    tally: Tally,
    health: Health,
    logs: Logs,
    reactor: Any,
) -> Control | None:
    """Build what lets the operator ask and steer the server; None where there is no place for it.

    The options can be read again from then on, in any case.
    """
    factory, path = service.factory, options["journal"]
    again = options.again if isinstance(options, Rereadable) else lambda: options
    fit = partial(_with_room, web=not options["no-web"], warn=False)
    reloading = Reloading(options, again, factory, fit, tally)

    def read_again() -> list[Reconfigured]:
        logs.reopen()
        return reloading.reload()

    service.read_options_again = read_again
    place = control_place(path, options["control"])
    if place is None or os.name != "posix":
        return None
    keeping = _shown_place(path) or IN_MEMORY
    calendar = TimeOfDay()
    addresses = lambda: service.addresses  # noqa: E731  the service has them once it listens
    chat = lambda: factory.chat  # noqa: E731  another one after a renewal
    accounts = AccountDesk(keeping, chat, calendar, reactor)
    state = StateDesk(factory, tally, health, calendar, keeping, addresses)
    desk = ControlDesk(chat, state, SettingsDesk(reloading, service.look_again, logs), accounts)
    return Control(Path(place).absolute(), desk.answer, reactor, os.geteuid)


def makeHooks(options: Mapping[str, Any], reactor: Any) -> OutgoingHooks:
    """Build what calls programs on messages; it hands all notices on to the log."""
    public = PublicAddresses(options["hook-network"])
    log = NoticeLog(reactor, log_notices)
    reactor.addSystemEventTrigger("after", "shutdown", log.flush)
    return OutgoingHooks(log, calls(reactor, public), reactor, TimeOfDay())


def _twistds_log(options: Mapping[str, Any]) -> ServerLogs | None:
    """Return the log in a file that twistd writes instead of its own; None if it writes its own.

    Raises:
        CannotStart: the file can't be written.
    """
    if options.get("log-file") is None:
        return None
    try:
        return logs_of(options)
    except CannotLog as error:
        raise CannotStart(f"classchat: {error}.") from None


def makeService(options: Mapping[str, Any], logs: Logs | None = None) -> ChatService:
    """Build the whole server; its operator can change the level of its `logs`, unless they are twistd's.

    Raises:
        CannotStart: the host or the kind of endpoint does not exist, or the page's files are incomplete.
    """
    from twisted.internet import reactor  # imported late: twistd chooses the reactor first

    in_file = None if logs is not None else _twistds_log(options)
    logs = logs or in_file or ForeignLogs()
    measure_steadily(reactor)
    end_at_second_signal(reactor)
    contents, hooks = makeContents(options), makeHooks(options, reactor)
    pacing = Pacing(reactor, hooks)
    store = None if contents is None else FileStore(contents, reactor, pacing)
    journal = makeJournal(options, reactor, contents, _keep_all if store is None else store.remove)
    encryption = makeEncryption(options)
    pages = None if options["no-web"] else PageLinks(encryption, options["web-name"], own_addresses)
    site = None if pages is None else makeSite(options, pages, encryption, reactor)
    limits, trusted = _with_room(limits_of(options), web=site is not None), options["trusted-network"]
    network, proxies = makeNetwork(options), chain.from_iterable(options["proxy-protocol"])
    tally = Tally(hooks if store is None else pacing)
    page_at, files_off = no_page if pages is None else pages.at, _why_off(options, contents)
    factory = makeFactory(
        journal, reactor, limits, trusted, encryption, site, network, proxies, tally, page_at, files_off
    )
    health = Health(lambda: factory.chat, reactor)
    if site is not None:
        site.scrapes, site.health = makeScrapes(options, factory, tally), health
        _connect(site, factory, store)
    endpoints, keeping = endpoints_of(options, reactor), Keeping(_shown_place(options["journal"]))

    def new_chat() -> Chat:
        return makeChat(makeJournal(options, reactor, contents), reactor, limits, tally, files_off)

    renewal = Renewal(factory, new_chat, tally, reactor) if journal.several else None
    irc, operators = network is not None, options["operator"]
    service = ChatService(
        factory, endpoints, tally, operators, keeping, pages, irc=irc, renewal=renewal, files=store
    )
    service.control, service.hooks = makeControl(options, service, tally, health, logs, reactor), hooks
    if in_file is not None:
        service.log_file, service.reopen_log = in_file.in_file, in_file.reopen
    service.must_have_control = options["control"] is not None
    return service


def _connect(site: Website, factory: ChatFactory, store: FileStore | None) -> None:
    """Connect the site with the chat, which is another one after this node was removed."""
    site.files = None if store is None else FileDoors(lambda: factory.chat, store, site.refusal)
    site.hooks = IncomingHooks(lambda: factory.chat.hook_posts, factory.chat.limits)


def _shown_place(journal: str) -> str | None:
    """Return where the journal is, as operators are told; None if it is in memory."""
    if journal == IN_MEMORY:
        return None
    return journal if is_address(journal) else os.path.abspath(journal)
