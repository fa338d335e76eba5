"""The server's options, the same for `twistd classchat` and `classchat serve`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classchat import names
from classchat.configuration import CONFIG, PREFIX
from classchat.journal.postgres.address import is_address
from classchat.limits import MESSAGES, READINGS, REQUESTS, Limits, Rate
from classchat.option_table import (
    DEFAULT_HOST,
    DEFAULT_JOURNAL,
    DEFAULT_PORT,
    Misuse,
    Option,
    between,
    one_of,
    some_file,
    some_room,
)
from classchat.option_values import (
    duration,
    endpoint,
    network,
    network_description,
    network_name,
    operator,
    own_host,
    per_second,
    proxies,
    proxy,
    short_duration,
    size,
    web_name,
)
from classchat.servers.proxies import UNIX
from classchat.servers.tls import Plaintext

DEFAULT_NETWORK = "ClassChat"
DEFAULT_REPLAY = 20

IN_MEMORY = "memory:"
"""The value of `--journal` for a journal in memory."""


NO_CONTROL = "off"
"""The value of `--control` for a server without a socket."""

CONTROL_SUFFIX = "-control"
"""The directory of the socket: the journal's name with this suffix."""

CONTROL_OPTION = Option(
    "control",
    f"Directory of the socket for `classchat status` and `admin`; {NO_CONTROL}: none",
    "DIRECTORY",
    some_file,
    group="Storage",
    shown="next to the journal",
)
"""The option of the server, and of all commands that act on a running one."""


def _rates(what: str, doc: str, rate: Rate) -> list[Option]:
    """Return the two options of a rate limit."""
    at_once, per_time = f"{doc} at once", f"{doc} a second after that"
    return [
        Option(f"{what}-burst", at_once, "N", between(1, 10_000), rate.burst, group=_PACE),
        Option(f"{what}-rate", per_time, "N", per_second, rate.per_second, group=_PACE),
    ]


_FILE = "Configuration"
_PLACE = "Listening"
_DATA = "Storage"
_TLS = "Encryption"
_WEB = "Web page"
_IRC = "IRC"
_PEOPLE = "Names and operators"
_SIZES = "Sizes"
_TIMES = "Connections"
_PACE = "Rate limits of one user (beyond them requests wait; none is refused)"

_MANY = between(1, 1_000_000)

SERVER_OPTIONS = [
    Option(
        CONFIG,
        f"TOML file with options; the command line wins, then the environment ({PREFIX}…)",
        "FILE",
        some_file,
        group=_FILE,
    ),
    Option("host", "Address to listen on", "HOST", own_host, None, "h", _PLACE, DEFAULT_HOST),
    Option("port", "Port to listen on", "PORT", between(0, 65535), None, "p", _PLACE, f"{DEFAULT_PORT}"),
    Option(
        "listen",
        "Twisted endpoint to listen on, such as tcp6:5555 or unix:/run/classchat.sock",
        "ENDPOINT",
        endpoint,
        group=_PLACE,
        repeatable=True,
    ),
    Option(
        "proxy-protocol",
        "Networks, with commas in between, of proxies that send a PROXY header (HAProxy: send-proxy-v2)",
        "NETWORK",
        proxies,
        group=_PLACE,
        repeatable=True,
    ),
    Option(
        "journal",
        f"File that holds all data, or postgresql:// URL; with {IN_MEMORY} nothing is kept",
        "FILE",
        some_file,
        DEFAULT_JOURNAL,
        "j",
        _DATA,
    ),
    Option(
        "files",
        "Directory for shared files; several servers on one database need a common one",
        "DIR",
        some_file,
        group=_DATA,
        shown="the journal's name with .files",
    ),
    Option(
        "max-file", "Size of a shared file; 0: no files", "SIZE", size, Limits.file, group=_DATA, shown="25MB"
    ),
    Option(
        "max-files-per-user",
        "Size of all files that one user shares",
        "SIZE",
        size,
        Limits.files_of_user,
        group=_DATA,
        shown="500MB",
    ),
    Option("max-files", "Size of all shared files", "SIZE", size, Limits.files, group=_DATA, shown="10GB"),
    Option("keep", "How long messages are kept", "TIME", duration, group=_DATA, shown="forever"),
    Option(
        "delete-within",
        "How long users may delete what they have sent; 0: only moderators may delete messages",
        "TIME",
        short_duration,
        group=_DATA,
        shown="15m",
    ),
    Option(
        "sync",
        "When a message counts as saved: when the disk has it (full), or the operating system (normal)",
        "full|normal",
        one_of("full", "normal"),
        "full",
        group=_DATA,
    ),
    CONTROL_OPTION,
    Option(
        "certificate",
        "PEM file with the certificate",
        "FILE",
        some_file,
        group=_TLS,
        shown="one is created next to the journal",
    ),
    Option("key", "PEM file with its key", "FILE", some_file, group=_TLS, shown="the certificate's file"),
    Option(
        "plaintext",
        "Who may connect without TLS; local means this machine",
        "any|local|never",
        one_of(*(each.value for each in Plaintext)),
        "any",
        group=_TLS,
    ),
    Option("no-tls", "Disable TLS; no certificate is used", group=_TLS),
    Option("no-web", "Turn off the web page, and everything else that uses HTTP", group=_WEB),
    Option(
        "web-name",
        "Name under which browsers reach the page, besides this machine's and the certificate's",
        "NAME",
        web_name,
        group=_WEB,
        repeatable=True,
    ),
    Option(
        "proxy",
        f"Network of trusted proxies, whose X-Forwarded headers count; {UNIX}: those at a Unix socket",
        "NETWORK",
        proxy,
        group=_WEB,
        repeatable=True,
    ),
    Option(
        "metrics-token",
        "File with the token for /metrics; without one only this machine may read the numbers",
        "FILE",
        some_file,
        group=_WEB,
        shown="none",
    ),
    Option(
        "hook-network",
        "Network that is not public, in which webhooks may call programs, such as 127.0.0.1",
        "CIDR",
        network,
        group=_WEB,
        repeatable=True,
    ),
    Option("no-irc", "Turn off IRC: clients such as WeeChat and irssi can't join", group=_IRC),
    Option(
        "irc-replay",
        "Messages of a room that an IRC client is shown when it joins",
        "N",
        between(0, 1_000),
        DEFAULT_REPLAY,
        group=_IRC,
    ),
    Option(
        "network-name",
        "Name of the network, as IRC clients show it",
        "NAME",
        network_name,
        DEFAULT_NETWORK,
        group=_IRC,
    ),
    Option(
        "network-description",
        "What IRC clients show when they connect (the message of the day)",
        "TEXT",
        network_description,
        "",
        group=_IRC,
        shown="none",
    ),
    Option(
        "operator",
        "Registered name whose owner may do everything",
        "NAME",
        operator,
        group=_PEOPLE,
        repeatable=True,
    ),
    Option("lobby", "Room that new users join first; created if missing", "ROOM", some_room, group=_PEOPLE),
    Option(
        "names",
        "Who may sign in: everybody, or only registered users",
        "open|claimed",
        one_of("open", "claimed"),
        Limits.names,
        group=_PEOPLE,
    ),
    Option(
        "claims",
        "Whether users may register names",
        "open|closed",
        one_of("open", "closed"),
        Limits.claims,
        group=_PEOPLE,
    ),
    Option("max-accounts", "Registered names on the server", "N", _MANY, Limits.accounts, group=_PEOPLE),
    Option(
        "max-devices",
        "Connections under one registered name",
        "N",
        between(1, 1_000),
        Limits.devices,
        group=_PEOPLE,
    ),
    Option(
        "max-absence",
        "Seconds that a registered user may be disconnected before rooms are told",
        "N",
        between(0, 3_600),
        int(Limits.absence),
        group=_PEOPLE,
    ),
    Option(
        "max-claims-per-address",
        "Names registered from one address in one hour",
        "N",
        _MANY,
        Limits.claims_of_address,
        group=_PEOPLE,
    ),
    Option(
        "max-renames",
        "Changes of one guest's name in one hour",
        "N",
        _MANY,
        Limits.renames_of_user,
        group=_PEOPLE,
    ),
    Option(
        "max-password-changes",
        "Changes of one password in one hour",
        "N",
        _MANY,
        Limits.changes_of_password,
        group=_PEOPLE,
    ),
    Option(
        "wrong-passwords-per-name",
        "Wrong passwords a minute for one name",
        "N",
        _MANY,
        Limits.wrong_passwords_of_name,
        group=_PEOPLE,
    ),
    Option(
        "wrong-passwords-per-address",
        "Wrong passwords a minute from one address",
        "N",
        _MANY,
        Limits.wrong_passwords_of_address,
        group=_PEOPLE,
    ),
    Option("max-text", "Characters of a text", "N", between(1, 16_000), Limits.text, group=_SIZES),
    Option("max-rooms", "Rooms on the server", "N", _MANY, Limits.rooms, group=_SIZES),
    Option("max-rooms-per-user", "Rooms of one user", "N", _MANY, Limits.rooms_of_user, group=_SIZES),
    Option(
        "max-topic", "Characters of a topic or a reason", "N", between(1, 1_000), Limits.topic, group=_SIZES
    ),
    Option(
        "max-orders",
        "Moderators, invited, muted and banned users in one room, each",
        "N",
        _MANY,
        Limits.orders,
        group=_SIZES,
    ),
    Option(
        "max-behind",
        "Bytes that may wait for a slow client",
        "N",
        between(65_536, 1_073_741_824),
        Limits.behind,
        group=_SIZES,
    ),
    Option("max-connections", "Connections at a time", "N", _MANY, Limits.connections, group=_TIMES),
    Option(
        "max-connections-per-address",
        "Connections at a time from one address; this machine's are not counted",
        "N",
        _MANY,
        Limits.connections_of_address,
        group=_TIMES,
    ),
    Option(
        "max-new-per-address",
        f"New connections from one address within {Limits.new_within:g} seconds",
        "N",
        _MANY,
        Limits.new_of_address,
        group=_TIMES,
    ),
    Option(
        "trusted-network",
        "Network without limits by address, such as 192.168.1.0/24",
        "CIDR",
        network,
        group=_TIMES,
        repeatable=True,
    ),
    Option(
        "sign-in-timeout", "Seconds to sign in", "N", between(1, 86_400), int(Limits.sign_in), group=_TIMES
    ),
    Option(
        "ping-after",
        "Seconds of silence before a client is pinged",
        "N",
        between(1, 86_400),
        int(Limits.ping_after),
        group=_TIMES,
    ),
    Option(
        "silence-timeout",
        "Seconds of silence before a client is disconnected",
        "N",
        between(2, 86_400),
        int(Limits.gone_after),
        group=_TIMES,
    ),
    *_rates("message", "Messages", MESSAGES),
    *_rates("history", "Reads of history and searches", READINGS),
    *_rates("request", "Other requests", REQUESTS),
    Option(
        "limits",
        "off: no limits against abuse (for tests and benchmarks)",
        "on|off",
        one_of("on", "off"),
        "on",
        group=_PACE,
    ),
]
"""All options of the server; the common ones come first."""


_CONSOLE = "Console and log"

CONSOLE_OPTIONS = (
    Option(
        "times",
        "When lines of the console have date and time; auto: unless it is a terminal, or systemd's journal",
        "auto|always|never",
        one_of("auto", "always", "never"),
        "auto",
        group=_CONSOLE,
    ),
    Option("timestamps", "The same as --times always", group=_CONSOLE),
)
"""The options of the console, which `twistd` does not have. In a file they may stand for both."""

LOG_OPTIONS = (
    Option(
        "log-file",
        "File to append the log to, as well; SIGUSR1 and SIGHUP reopen it",
        "FILE",
        some_file,
        group=_CONSOLE,
    ),
    Option(
        "log-format",
        "json: each line of the log file is an object; without a file, of standard output",
        "text|json",
        one_of("text", "json"),
        "text",
        group=_CONSOLE,
    ),
    Option("verbose", "Log everything, also what is for developers", short="v", group=_CONSOLE),
    Option("quiet", "Log warnings and errors only", short="q", group=_CONSOLE),
)
"""The options of the log file."""

TWISTD_OPTIONS = (*SERVER_OPTIONS, *LOG_OPTIONS)
"""The options of `twistd classchat`."""

ALL_OPTIONS = (*SERVER_OPTIONS, *CONSOLE_OPTIONS, *LOG_OPTIONS)
"""The options of `classchat serve`."""

CHANGEABLE = frozenset(
    {
        "names",
        "claims",
        "trusted-network",
        "sign-in-timeout",
        "ping-after",
        "silence-timeout",
        "wrong-passwords-per-name",
        "wrong-passwords-per-address",
        *(
            option.name
            for option in SERVER_OPTIONS
            if option.name.startswith("max-") or option.name.endswith(("-burst", "-rate"))
        ),
    }
    - {"max-behind"}  # the journal commits in portions of that size
    - {"max-file", "max-files", "max-files-per-user"}  # without files, there is nothing to share them with
)
"""The options that a running server takes again, on SIGHUP or with `classchat admin limits`."""


def control_place(journal: str, control: str | None) -> str | None:
    """Return the directory of the socket by which the server is asked and steered; None for none.

    It is beside the journal: with one in PostgreSQL where the certificate is as well, in the current
    directory. A journal in memory has no place.
    """
    if control is not None:
        return None if control == NO_CONTROL else control
    if journal == IN_MEMORY:
        return None
    return f"{DEFAULT_JOURNAL if is_address(journal) else journal}{CONTROL_SUFFIX}"


def check(options: Mapping[str, Any]) -> None:
    """Raise Misuse if options contradict each other."""
    if options.get("verbose") and options.get("quiet"):
        raise Misuse("--verbose can't be used with --quiet")
    if options["key"] is not None and options["certificate"] is None:
        raise Misuse("--key needs --certificate")
    if options["no-tls"] and options["certificate"] is not None:
        raise Misuse("--no-tls can't be used with --certificate")
    for name in ("web-name", "proxy", "metrics-token"):
        if options["no-web"] and options[name]:
            raise Misuse(f"--no-web can't be used with --{name}")
    usual = {"irc-replay": DEFAULT_REPLAY, "network-name": DEFAULT_NETWORK, "network-description": ""}
    for name, value in usual.items():
        if options["no-irc"] and options[name] != value:
            raise Misuse(f"--no-irc can't be used with --{name}")
    if options["no-tls"] and options["plaintext"] != "any":
        raise Misuse(
            f"--no-tls can't be used with --plaintext {options['plaintext']}: no client could connect"
        )


def checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options that do not contradict each other, or raise Misuse."""
    check(options)
    return options


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return the limits that the options set."""
    within = options["delete-within"]
    limits = Limits(
        text=options["max-text"],
        file=options["max-file"],
        files_of_user=options["max-files-per-user"],
        files=options["max-files"],
        rooms=options["max-rooms"],
        rooms_of_user=options["max-rooms-per-user"],
        connections=options["max-connections"],
        behind=options["max-behind"],
        sign_in=options["sign-in-timeout"],
        ping_after=options["ping-after"],
        gone_after=options["silence-timeout"],
        connections_of_address=options["max-connections-per-address"],
        new_of_address=options["max-new-per-address"],
        names=options["names"],
        claims=options["claims"],
        lobby=options["lobby"] or "",
        accounts=options["max-accounts"],
        devices=options["max-devices"],
        absence=options["max-absence"],
        wrong_passwords_of_name=options["wrong-passwords-per-name"],
        claims_of_address=options["max-claims-per-address"],
        renames_of_user=options["max-renames"],
        changes_of_password=options["max-password-changes"],
        wrong_passwords_of_address=options["wrong-passwords-per-address"],
        messages=Rate(options["message-burst"], options["message-rate"]),
        deletable=Limits.deletable if within is None else within,
        readings=Rate(options["history-burst"], options["history-rate"]),
        requests=Rate(options["request-burst"], options["request-rate"]),
        topic=options["max-topic"],
        orders=options["max-orders"],
        operators=frozenset(map(names.user_key, options["operator"])),
    )
    return limits if options["limits"] == "on" else limits.without_guard()
