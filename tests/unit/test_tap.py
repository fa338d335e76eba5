"""The composition root: options, and the server built from them."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import twisted.internet
from twisted.application.service import Application
from twisted.internet.testing import Clock, MemoryReactorClock
from twisted.logger import ILogObserver, Logger, LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from classchat import tap
from classchat.core.notices import Browsable, Certified, Joinable, Keeping, Started, TakesIRC, Waiting
from classchat.journal.memory import MemoryJournal
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits, Rate
from classchat.option_table import between
from classchat.options import limits_of
from classchat.servers import listening_endpoints
from classchat.servers.certificates import Given, Kept, Passing
from classchat.servers.hosts import Hosts
from classchat.tap import makeEncryption, makeFactory, makeService, now
from classchat.twistd_options import Options
from tests.tables import each_case
from twisted.plugins.classchat_plugin import classchat as plugin


def _options(*words: str) -> Options:
    options = Options()
    options.parseOptions(list(words))
    return options


# Options.


def test_who_chooses_nothing_has_the_defaults() -> None:
    """Without options the limits are those of the protocol, and no address was chosen."""
    options = _options()

    assert Limits() == limits_of(options)
    assert (None, None, []) == (options["host"], options["port"], options["listen"])


@each_case(
    ("words", "name", "value"),
    [
        (["--host", "0.0.0.0"], "host", "0.0.0.0"),
        (["-h", "::1"], "host", "::1"),
        (["--port", "8080"], "port", 8080),
        (["-p", "0"], "port", 0),
        (["--listen", "tcp6:1"], "listen", ["tcp6:1"]),
        (["--listen", "tcp6:1", "--listen=unix:/run/c"], "listen", ["tcp6:1", "unix:/run/c"]),
    ],
)
def test_where_to_listen(words: list[str], name: str, value: object) -> None:
    """An address, or any number of endpoints, in the order in which they were given."""
    assert value == _options(*words)[name]


@each_case(
    ("option", "limit", "least", "most"),
    [
        ("--max-text", "text", 1, 16_000),
        ("--max-rooms", "rooms", 1, 1_000_000),
        ("--max-rooms-per-user", "rooms_of_user", 1, 1_000_000),
        ("--max-connections-per-address", "connections_of_address", 1, 1_000_000),
        ("--max-new-per-address", "new_of_address", 1, 1_000_000),
        ("--max-accounts", "accounts", 1, 1_000_000),
        ("--max-devices", "devices", 1, 1_000),
        ("--max-absence", "absence", 0, 3_600),
        ("--max-claims-per-address", "claims_of_address", 1, 1_000_000),
        ("--max-renames", "renames_of_user", 1, 1_000_000),
        ("--max-password-changes", "changes_of_password", 1, 1_000_000),
        ("--wrong-passwords-per-name", "wrong_passwords_of_name", 1, 1_000_000),
        ("--wrong-passwords-per-address", "wrong_passwords_of_address", 1, 1_000_000),
        ("--max-behind", "behind", 65_536, 1_073_741_824),
        ("--sign-in-timeout", "sign_in", 1, 86_400),
        ("--ping-after", "ping_after", 1, 86_400),
        ("--silence-timeout", "gone_after", 2, 86_400),
        ("--max-topic", "topic", 1, 1_000),
        ("--max-orders", "orders", 1, 1_000_000),
    ],
)
def test_what_to_grant(option: str, limit: str, least: int, most: int) -> None:
    """Each limit that an operator may choose is taken from least to most, and one beyond is refused."""
    for number in (least, least + 1, most - 1, most):
        assert number == getattr(limits_of(_options(option, str(number))), limit)
    for number in (least - 1, most + 1):
        with pytest.raises(SystemExit):
            _options(option, str(number))


def test_who_may_do_everything() -> None:
    """Several operators can be named, in any spelling; an invalid name is refused."""
    operators = limits_of(_options("--operator", "Olga", "--operator=ZOË")).operators

    assert frozenset({"olga", "zoë"}) == operators
    for name in ("two words", "", "SERVER"):
        with pytest.raises(SystemExit, match=r"--operator: .* is not allowed as an operator's name"):
            _options("--operator", name)


@pytest.mark.parametrize(
    ("what", "limit", "default"),
    [
        ("message", "messages", Rate(10, 2)),
        ("history", "readings", Rate(20, 1)),
        ("request", "requests", Rate(50, 10)),
    ],
)
def test_how_fast_somebody_may_be(what: str, limit: str, default: Rate) -> None:
    """How often something may be done is two numbers, and a rate need not be a whole one."""
    chosen = limits_of(_options(f"--{what}-burst", "7", f"--{what}-rate", "0.5"))

    assert (default, Rate(7, 0.5)) == (getattr(limits_of(_options()), limit), getattr(chosen, limit))


def test_who_may_come_in() -> None:
    """By default everybody may sign in and register a name; options change that."""
    limits, closed = limits_of(_options()), limits_of(_options("--names", "claimed", "--claims=closed"))

    assert ("open", "open", "claimed", "closed") == (limits.names, limits.claims, closed.names, closed.claims)


@each_case("rate", ["0", "0.09", "10001", "-1", "1e3", "nan", "inf", "fast", "", "1."])
def test_no_rate(rate: str) -> None:
    """An invalid rate is refused."""
    with pytest.raises(SystemExit, match=r"is not a number from 0\.1 to 10000"):
        _options("--message-rate", rate)


def test_networks_that_are_trusted() -> None:
    """Any number of networks of either kind; the address of a machine in it stands for a network."""
    words = ["--trusted-network", "10.1.2.3/8", "--trusted-network=2001:db8::/32"]
    trusted = _options(*words)["trusted-network"]

    assert ["10.0.0.0/8", "2001:db8::/32"] == [str(network) for network in trusted]
    assert [] == _options()["trusted-network"]


@each_case("network", ["", "here", "10.0.0.0/33", "10.0.0", "2001:db8::/129"])
def test_no_network(network: str) -> None:
    """An invalid network is refused with an example."""
    with pytest.raises(SystemExit, match=re.escape(f"'{network}' is not a network: use one such as 192.168")):
        _options("--trusted-network", network)


@each_case(
    ("typed", "name"),
    [
        ("chat.example.org", "chat.example.org"),
        ("Chat.Example.org.", "chat.example.org"),
        ("schule", "schule"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_names_of_the_page(typed: str, name: str) -> None:
    """A name is read as browsers send it: in lower case, and other alphabets in Punycode."""
    assert ["a", name] == _options("--web-name", "a", f"--web-name={typed}")["web-name"]


@each_case(
    "typed",
    [
        "",
        "http://chat.example",
        "chat.example:5555",
        "[::1]",
        "a/b",
        "two words",
        "*.example",
        "a..b",
        "ö" * 64,
    ],
)
def test_no_name_of_the_page(typed: str) -> None:
    """What is no name is refused, with what is expected."""
    with pytest.raises(
        SystemExit, match=r"--web-name: '.*' is not a host name: use one such as chat\.example"
    ):
        _options("--web-name", typed)


def test_proxies_that_are_trusted() -> None:
    """Any number of networks of either kind, and those that connect to a Unix socket."""
    words = ["--proxy", "127.0.0.1", "--proxy=10.1.2.3/8", "--proxy=2001:db8::/32", "--proxy", "unix"]

    assert ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32", "unix"] == list(
        map(str, _options(*words)["proxy"])
    )


def test_proxies_that_send_a_header() -> None:
    """Any number of networks, in one option or in several."""
    words = ["--proxy-protocol", "10.1.2.3/8,2001:db8::/32", "--proxy-protocol=unix"]
    (two, one) = _options(*words)["proxy-protocol"]

    assert ["10.0.0.0/8", "2001:db8::/32", "unix"] == [*map(str, two), *one]


@each_case("typed", ["", "10.0.0.1,", "10.0.0.1, 10.0.0.2", "proxy.example.org", "0.0.0.0/0"])
def test_no_proxies_that_send_a_header(typed: str) -> None:
    """What is no network, or every address, is refused."""
    with pytest.raises(SystemExit, match=r"--proxy-protocol: '.*' is (not the net|every add)"):
        _options("--proxy-protocol", typed)


@each_case("typed", ["", "localhost", "10.0.0.0/33", "127.0.0.1:80", "UNIX", "unix:/run/c"])
def test_no_proxy(typed: str) -> None:
    """What is no network is refused, with an example."""
    with pytest.raises(SystemExit, match=re.escape(f"--proxy: '{typed}' is not the network of a proxy")):
        _options("--proxy", typed)


@pytest.mark.parametrize("typed", ["0.0.0.0/0", "::/0", "10.0.0.0/0"])
def test_not_everybody_is_a_proxy(typed: str) -> None:
    """Trusting every address would let each client choose its own."""
    with pytest.raises(
        SystemExit, match=f"'{typed}' is every address: everybody could pretend to be anybody"
    ):
        _options("--proxy", typed)


@each_case("typed", ["", "two words", "x" * 33, "a\nb"])
def test_no_name_of_a_network(typed: str) -> None:
    """A network's name is one word, as IRC clients show it."""
    with pytest.raises(
        SystemExit, match=r"--network-name: '.*' is not a network's name: use one word of 1 to 32"
    ):
        _options("--network-name", typed)


@pytest.mark.parametrize("typed", ["x" * 301, "two\nlines"])
def test_no_description_of_a_network(typed: str) -> None:
    """A network's description is one line."""
    with pytest.raises(SystemExit, match=r"--network-description: .* one line of at most 300"):
        _options("--network-description", typed)


@pytest.mark.parametrize(
    "words", [["--irc-replay", "5"], ["--network-name", "School"], ["--network-description", "Hello"]]
)
def test_no_irc_needs_no_network(words: list[str]) -> None:
    """What is about IRC is refused with `--no-irc`."""
    with pytest.raises(SystemExit, match=f"--no-irc can't be used with {words[0]}"):
        _options("--no-irc", *words)


def test_the_network_of_irc_clients() -> None:
    """The options say what IRC clients are shown."""
    words = ("--network-name", "School", "--network-description", "Be kind", "--irc-replay", "5")
    network, usual = tap.makeNetwork(_options(*words)), tap.makeNetwork(_options())

    assert network is not None
    assert usual is not None
    assert ("School", "Be kind", 5) == (network.name, network.description, network.replay)
    assert ("ClassChat", "", 20) == (usual.name, usual.description, usual.replay)


@each_case(
    ("name", "server"),
    [
        ("chat.example.org", "chat.example.org"),
        ("My.School", "My.School"),
        ("School", "classchat.server"),
        ("School.", "classchat.server"),
        ("caf\u00e9.example.org", "classchat.server"),
        ("a!b@c.org", "classchat.server"),
    ],
)
def test_a_network_that_is_named_after_its_host(name: str, server: str) -> None:
    """The name of a host is the name of the server, too: clients tell it from a nickname by its dot."""
    network = tap.makeNetwork(_options("--network-name", name))

    assert network is not None
    assert (name, server) == (network.name, network.server)


@pytest.mark.parametrize("words", [["--web-name", "a"], ["--proxy", "10.0.0.1"]])
def test_no_page_needs_no_names(words: list[str]) -> None:
    """What is about the page is refused with `--no-web`."""
    with pytest.raises(SystemExit, match=f"--no-web can't be used with {words[0]}"):
        _options("--no-web", *words)


def test_no_limits_against_abuse() -> None:
    """`--limits off` turns off the rate limits, whatever other options say; other limits stay."""
    limits = limits_of(_options("--limits", "off", "--message-rate", "1", "--max-text", "5"))

    assert Limits(text=5).without_guard() == limits
    assert Limits() == limits_of(_options("--limits=on"))
    with pytest.raises(SystemExit, match="'no' is not one of these: on or off"):
        _options("--limits", "no")


@pytest.mark.parametrize(
    ("words", "journal", "sync"),
    [
        ([], "classchat.sqlite", "full"),
        (["--journal", "/var/lib/c.sqlite", "--sync", "full"], "/var/lib/c.sqlite", "full"),
        (["-j", "memory:", "--sync=normal"], "memory:", "normal"),
    ],
)
def test_where_to_keep(words: list[str], journal: str, sync: str) -> None:
    """Messages are kept in a file, by default in the working directory and with full sync."""
    options = _options(*words)

    assert (journal, sync) == (options["journal"], options["sync"])


@each_case(
    ("words", "days"),
    [
        ([], None),
        (["--keep", "forever"], None),
        (["--keep", "1d"], 1),
        (["--keep", "30d"], 30),
        (["--keep", "8w"], 56),
        (["--keep=1y"], 365),
        (["--keep", "10000d"], 10_000),
    ],
)
def test_how_long_to_keep(words: list[str], days: int | None) -> None:
    """Everything is kept for ever, or for a time in days, weeks or years, but never less than a day."""
    assert (None if days is None else days * 86_400) == _options(*words)["keep"]


@each_case(
    "text",
    [
        "",
        "30",
        "d",
        "0d",
        "0.5d",
        "-1d",
        "+1d",
        "12h",
        "1 d",
        "1D",
        "10001d",
        "٣d",
        "9" * 5000 + "d",
        "never",
    ],
)
def test_no_time_to_keep(text: str) -> None:
    """An invalid time, or less than a day, ends the process with examples."""
    with pytest.raises(SystemExit) as caught:
        _options("--keep", text)

    assert str(caught.value).startswith("classchat: --keep: '")
    assert str(caught.value).endswith(
        "' is not a time such as 30d, 8w, 1y or forever. See twistd classchat --help."
    )


@each_case(
    ("words", "sentence"),
    [
        (["--sync", "off"], "--sync: 'off' is not one of these: full or normal"),
        (["--port", "65536"], "--port: '65536' is not a whole number from 0 to 65535"),
        (["--port", "-1"], "--port: '-1' is not a whole number from 0 to 65535"),
        (["--port", "http"], "--port: 'http' is not a whole number from 0 to 65535"),
        (["--port", ""], "--port: '' is not a whole number from 0 to 65535"),
        (["--max-text", "1e3"], "--max-text: '1e3' is not a whole number from 1 to 16000"),
        (["--max-text", "٣"], "--max-text: '٣' is not a whole number from 1 to 16000"),
        (["--plaintext", "some"], "--plaintext: 'some' is not one of these: any, local or never"),
        (["--journal", ""], "--journal: the value is empty"),
        (["--listen", ""], "--listen: the value is empty"),
        (["--key", "k.pem"], "--key needs --certificate"),
        (["--no-tls", "--certificate", "c"], "--no-tls can't be used with --certificate"),
        (
            ["--no-tls", "--plaintext", "never"],
            "--no-tls can't be used with --plaintext never: no client could connect",
        ),
        (["--colour"], "option --colour not recognized"),
        (["--port"], "option --port requires argument"),
        (["-q"], "--quiet needs --log-file: twistd's own log knows nothing of it"),
        (["--log-format", "json"], "--log-format needs --log-file: twistd's own log knows nothing of it"),
        (["--log-file", "l", "-q", "-v"], "--verbose can't be used with --quiet"),
        (["surplus"], "Only options are accepted: give the address with --host and --port"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(words: list[str], sentence: str) -> None:
    """A wrong command line ends the process with a sentence that says what is wrong and what to do."""
    with pytest.raises(SystemExit) as caught:
        _options(*words)

    assert (2, f"classchat: {sentence}. See twistd classchat --help.") == (
        caught.value.code,
        str(caught.value),
    )


@pytest.mark.parametrize("other", ["logfile", "logger", "syslog"])
def test_one_log_at_a_time(other: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What twistd is told about its own log can't be combined with a log file of the server."""
    options = Options()
    options.parent = {other: "x"}
    with pytest.raises(SystemExit):
        options.parseOptions(["--log-file", "l"])

    assert f"--log-file can't be used with twistd's --{other}. See" in capsys.readouterr().err


def test_twistd_logs_to_the_servers_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application of twistd writes what the options ask for, and only that, to the file that they name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(twisted.internet, "reactor", MemoryReactorClock())
    words = ["--journal", "memory:", "--no-web", "--log-file", "l", "--log-format", "json", "-q"]
    application = Application("classchat")
    makeService(_options(*words)).setServiceParent(application)
    log = Logger("classchat.test", observer=application.getComponent(ILogObserver))
    log.info("not this")
    log.warn("but {this}", this="this")
    [line] = (tmp_path / "l").read_text().splitlines()

    assert ("warn", "but this") == (json.loads(line)["level"], json.loads(line)["text"])


def test_help_shows_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` has every option with its meaning and its default."""
    with pytest.raises(SystemExit):
        _options("--help")

    text = " ".join(capsys.readouterr().out.split())
    options = [f"--{parameter[0]}" for parameter in Options.optParameters] + ["--listen"]
    assert [] == [option for option in options if option not in text]
    assert "default: 10000" in text


@pytest.mark.parametrize("text", ["1", "5", "9"])
def test_a_whole_number_of_the_range(text: str) -> None:
    """The bounds are part of the range."""
    assert int(text) == between(1, 9)(text)


@each_case("text", ["0", "10", "", "-1", "+1", "1.0", " 1", "1_0", "²", "x"])
def test_no_whole_number_of_the_range(text: str) -> None:
    """A number with other digits than ASCII, or out of range, is quoted in the error as it was typed."""
    with pytest.raises(ValueError, match=re.escape(f"'{text}' is not a whole number from 1 to 9")):
        between(1, 9)(text)


def test_the_time_of_day() -> None:
    """Times are RFC 3339 in UTC with milliseconds."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now())


def test_a_factory_of_ones_own() -> None:
    """Tests and benchmarks build the chat on their own clock and limits."""
    clock, limits = Clock(), Limits(rooms=1)
    factory = makeFactory(MemoryJournal(clock, now), clock, limits)

    assert (clock, limits) == (factory.clock, factory.limits)


def test_twistd_finds_us() -> None:
    """`twistd classchat` has the same options and builds the same service, without importing them before."""
    assert ("classchat", Options, makeService) == (plugin.tapname, plugin.options, plugin.makeService)


@each_case(
    ("words", "source"),
    [
        ([], Kept),
        (["--journal", "memory:"], Passing),
        (["--certificate", "c.pem"], Given),
        (["--certificate", "c.pem", "--key", "k.pem", "--journal", "memory:"], Given),
        (["--no-tls"], type(None)),
    ],
)
def test_where_the_certificate_comes_from(words: list[str], source: type) -> None:
    """The certificate is the operator's, or is created; it is kept if the journal is."""
    assert source is type(makeEncryption(_options(*words)).source)


def test_a_certificate_is_kept_beside_the_journal(tmp_path: Path) -> None:
    """Its file is called like the journal's, and more."""
    encryption = makeEncryption(_options("--journal", str(tmp_path / "c.sqlite")))
    encryption.open()

    assert [tmp_path / "c.sqlite-tls.pem"] == [*tmp_path.iterdir()]


# Services.


def test_the_reactor_measures_with_a_clock_that_nobody_can_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's timers do not depend on the machine's clock, whatever reactor `twistd` chooses."""
    measured: list[object] = []
    monkeypatch.setattr(tap, "measure_steadily", measured.append)
    reactor = MemoryReactorClock()
    monkeypatch.setattr(twisted.internet, "reactor", reactor)
    makeService(_options("--journal", "memory:", "--no-tls"))

    assert [reactor] == measured


class MakeServiceTests(SynchronousTestCase):
    """What `makeService` builds listens where the options say."""

    def setUp(self) -> None:
        """Create a fresh environment."""
        self.reactor = MemoryReactorClock()
        self.patch(twisted.internet, "reactor", self.reactor)

    @pytest.fixture(autouse=True)
    def _own_place(self, tmp_path: Path) -> None:
        self.place = tmp_path

    def _tcp(self, *words: str) -> list[tuple[int, str]]:
        """Return the ports and addresses that are listened on."""
        makeService(_options(*words)).privilegedStartService()
        return [(port, address) for port, _, _, address in self.reactor.tcpServers]

    def test_the_default_address(self) -> None:
        """By default the server listens on this machine's port 5555."""
        assert [(5555, "127.0.0.1")] == self._tcp()

    def test_an_address_of_ones_own(self) -> None:
        """A host, a port or both may be chosen."""
        for words, expected in (
            (["--host", "0.0.0.0"], (5555, "0.0.0.0")),
            (["--port", "8080"], (8080, "127.0.0.1")),
            (["--host", "0.0.0.0", "--port", "0"], (0, "0.0.0.0")),
            (["--host", "::1"], (5555, "::1")),
        ):
            self.reactor.tcpServers.clear()

            assert [expected] == self._tcp(*words)

    def test_a_whole_class_may_come_at_once(self) -> None:
        """The kernel keeps many connections until we accept them."""
        self._tcp()

        assert self.reactor.tcpServers[0][2] >= 1000

    def _resolve(self, *answers: tuple[Any, ...]) -> Callable[..., list[tuple[Any, ...]]]:
        return lambda *args, **kwargs: list(answers)

    def test_a_name_is_its_first_address(self) -> None:
        """A name is resolved once, its IPv4 address preferred: that is where the first version listened."""
        six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 5555, 0, 0))
        four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 5555))
        other = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.2", 5555))
        for answers, expected in (((six, four, other), "10.0.0.1"), ((six,), "fe80::1")):
            self.reactor.tcpServers.clear()
            self.patch(listening_endpoints.socket, "getaddrinfo", self._resolve(*answers))

            assert [(5555, expected)] == self._tcp("--host", "class.example")

    def test_a_host_that_does_not_exist(self) -> None:
        """An unknown or invalid host ends the process with a sentence."""

        def unknown(*args: object, **kwargs: object) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        self.patch(listening_endpoints.socket, "getaddrinfo", unknown)
        with pytest.raises(SystemExit) as caught:
            makeService(_options("--host", "no.such.host"))

        sentence = (
            "classchat: This machine has no host 'no.such.host' to listen on: use one of its addresses."
        )
        assert sentence == str(caught.value)

    def test_a_host_that_can_not_exist(self) -> None:
        """A name that the resolver does not even take ends the process with the same sentence."""
        with pytest.raises(SystemExit) as caught:
            makeService(_options("--host", "x" * 64 + ".example"))

        assert "This machine has no host" in str(caught.value)

    def test_endpoints(self) -> None:
        """The server listens on each `--listen`, and then on no other address."""
        assert [(1, "::1"), (2, "10.0.0.1")] == self._tcp(
            "--listen", r"tcp6:1:interface=\:\:1", "--listen", "tcp:2:interface=10.0.0.1"
        )

    def test_a_local_socket(self) -> None:
        """Any kind of endpoint will do."""
        self._tcp("--listen", "unix:/run/classchat.sock")

        assert [] == self.reactor.tcpServers
        assert ["/run/classchat.sock"] == [str(server[0]) for server in self.reactor.unixServers]

    def test_endpoints_beside_an_address(self) -> None:
        """With a host or a port given too, the address is listened on as well."""
        for words in (["--port", "5555"], ["--host", "127.0.0.1"]):
            self.reactor.tcpServers.clear()

            assert [(5555, "127.0.0.1"), (2, "10.0.0.1")] == self._tcp(
                "--listen", "tcp:2:interface=10.0.0.1", *words
            )

    def test_no_endpoint(self) -> None:
        """A description that Twisted does not understand ends the process with a sentence."""
        for description in ("pigeon:1", "tcp:http-or-so", "tcp", "tcp:1:colour=blue", "tcp:65536", "tcp6:-1"):
            with pytest.raises(SystemExit) as caught:
                makeService(_options("--listen", description))

            sentence = str(caught.value)
            assert 2 == caught.value.code
            assert sentence.startswith(
                f"classchat: --listen: '{description}' is not an endpoint to listen on: "
            )

    def test_what_is_granted(self) -> None:
        """The chat has the limits that the options set."""
        service = makeService(_options("--max-rooms", "7", "--max-connections", "5"))

        assert replace(Limits(), rooms=7, connections=5) == service.factory.limits

    def test_few_files(self) -> None:
        """Where the process may open few files it takes fewer connections of each kind, and says so."""
        self.patch(tap, "raise_open_files", lambda: 100)
        with capturedLogs() as logged:
            service = makeService(_options("--journal", "memory:"))

        assert (15, 5) == (service.factory.limits.connections, service.factory.limits.visits)
        assert [(LogLevel.warn, 15, 100)] == [
            (event["log_level"], event["connections"], event["files"]) for event in logged
        ]

    def test_the_journal(self) -> None:
        """The journal is built from the options, and no file is touched before the server starts."""
        place = Path("no/such/directory/c.sqlite")
        kept = makeService(_options("--journal", str(place))).factory.chat.journal
        not_kept = makeService(_options("--journal", "memory:")).factory.chat.journal

        assert (SQLiteJournal, MemoryJournal) == (type(kept), type(not_kept))
        assert not place.parent.exists()

    def test_the_reactors_time(self) -> None:
        """Everything that waits does so on the reactor that twistd chose."""
        assert self.reactor is makeService(_options()).factory.clock

    def test_the_operator_reads_that_it_runs(self) -> None:
        """The service tells the log where it listens."""
        logged: list[object] = []
        self.patch(tap, "log_notices", logged.extend)
        service = makeService(_options("--journal", "memory:"))
        service.privilegedStartService()
        service.startService()

        assert [Started, Waiting, Certified, Joinable, Browsable, TakesIRC, Keeping] == [
            type(notice) for notice in logged
        ]

    def test_the_operator_may_want_no_page(self) -> None:
        """With `--no-web` there is no link to the page, and nothing answers HTTP."""
        logged: list[object] = []
        self.patch(tap, "log_notices", logged.extend)
        service = makeService(_options("--journal", "memory:", "--no-web"))
        service.privilegedStartService()
        service.startService()

        assert not any(isinstance(notice, Browsable) for notice in logged)
        assert service.factory.shared.visits is None

    def test_the_operator_may_want_no_irc(self) -> None:
        """With `--no-irc` nothing says that IRC clients may join, and nothing recognizes them."""
        logged: list[object] = []
        self.patch(tap, "log_notices", logged.extend)
        with_irc = makeService(_options("--journal", "memory:")).factory.shared.rows
        service = makeService(_options("--journal", "memory:", "--no-irc"))
        service.privilegedStartService()
        service.startService()
        rows = service.factory.shared.rows

        assert not any(isinstance(notice, TakesIRC) for notice in logged)
        assert (1, 0) == (
            sum(row.converses is not None for row in with_irc),
            sum(row.converses is not None for row in rows),
        )

    def test_the_names_of_the_machine_are_looked_for_later(self) -> None:
        """The names of the machine are looked for once the reactor runs: `twistd` forks before that."""
        looked: list[Hosts] = []
        self.patch(Hosts, "add_names_of_machine", lambda hosts: looked.append(hosts))
        makeService(_options("--journal", "memory:"))
        before = list(looked)
        for call, args, kwargs in self.reactor.whenRunningHooks:
            call(*args, **kwargs)

        assert ([], 1) == (before, len(looked))

    def test_the_token_of_the_numbers(self) -> None:
        """`--metrics-token` names the file of the token; a file that others can read is logged."""
        path = self.place / "token"
        path.write_text("0123456789abcdef\n")
        path.chmod(0o644)
        with capturedLogs() as logs:
            makeService(_options("--journal", "memory:", "--metrics-token", str(path)))

        assert [f"The token '{path}' can be read by other users: chmod 600 '{path}'"] == [
            event["doubt"] for event in logs if "doubt" in event
        ]

    def test_a_token_that_can_not_be_used(self) -> None:
        """Without a usable token in the file, or without prometheus-client, the server does not start."""
        path = self.place / "token"
        for text, module, sentence in (
            ("short", "x", "holds no token"),
            (
                "0123456789abcdef",
                "prometheus_client",
                "needs prometheus-client: pip install prometheus-client",
            ),
        ):
            path.write_text(text)
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(sys.modules, module, None)
                with pytest.raises(SystemExit, match=sentence):
                    makeService(_options("--journal", "memory:", "--metrics-token", str(path)))

    def test_a_page_that_is_incomplete(self) -> None:
        """A damaged installation is told in a sentence, and the server does not start."""
        self.patch(tap, "_WEB", Path("no-such-directory"))
        with pytest.raises(SystemExit, match=r"can't be read: .* Install ClassChat again, or use --no-web\."):
            makeService(_options("--journal", "memory:"))
