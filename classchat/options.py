"""What an operator may choose, under `twistd classchat` and `classchat serve` alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any

from twisted.python import usage

from classchat import names
from classchat.commandline import DEFAULT_HOST, DEFAULT_PORT, CommandLine
from classchat.limits import MESSAGES, READINGS, REQUESTS, Limits, Rate
from classchat.servers.tls import Plaintext
from classchat.texts import quoted

JOURNAL = "classchat.sqlite"
"""The file that everything is kept in, where nothing else is said."""

IN_MEMORY = "memory:"
"""What stands for a journal that keeps nothing."""

_PER_SECOND = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")

_UNITS = {"d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}


def duration(text: str) -> float | None:
    """Return how many seconds `30d`, `2w` or `1y` are; `forever` is None."""
    if text == "forever":
        return None
    number, unit = text[:-1], text[-1:]
    is_number = number.isascii() and number.isdigit() and len(number) <= 5
    if not (is_number and 1 <= int(number) <= 10_000 and unit in _UNITS):
        raise ValueError(f"'{text}' is not a time such as 30d, 8w, 1y or forever")
    return float(int(number) * _UNITS[unit])


duration.coerceDoc = "Days, weeks or years, such as 365d, 52w or 1y; or forever."  # type: ignore[attr-defined]


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of some words from the command line."""
    named = f"{', '.join(words[:-1])} or {words[-1]}"

    def coerce(text: str) -> str:
        if text not in words:
            raise ValueError(f"'{text}' is not one of these: {named}")
        return text

    coerce.coerceDoc = f"{named}."  # type: ignore[attr-defined]
    return coerce


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number of that range from the command line."""

    def coerce(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else -1
        if not least <= number <= most:
            raise ValueError(f"'{text}' is not a whole number from {least} to {most}")
        return number

    coerce.coerceDoc = f"A whole number from {least} to {most}."  # type: ignore[attr-defined]
    return coerce


def per_second(text: str) -> float:
    """Read a number of times a second from the command line."""
    number = float(text) if _PER_SECOND.fullmatch(text) else 0.0
    if not 0.1 <= number <= 10_000:
        raise ValueError(f"'{text}' is not a number from 0.1 to 10000")
    return number


per_second.coerceDoc = "A number from 0.1 to 10000."  # type: ignore[attr-defined]


def _rates(what: str, doc: str, rate: Rate) -> list[list[object]]:
    """Return the two options for how often something may be done."""
    return [
        [f"{what}-burst", None, rate.burst, f"{doc} at once.", between(1, 10_000)],
        [f"{what}-rate", None, rate.per_second, f"{doc} a second, once those at once are used.", per_second],
    ]


class Options(CommandLine):
    """What an operator may choose, under `twistd classchat` and `classchat serve` alike."""

    synopsis = "[options]"
    longdesc = "A chat server for a class, a lab or any group that wants one of its own."
    optParameters = [
        ["host", "h", None, f"Address or name to listen on (default: {DEFAULT_HOST})."],
        ["port", "p", None, f"Port to listen on (default: {DEFAULT_PORT}).", between(0, 65535)],
        [
            "journal",
            "j",
            JOURNAL,
            "File that everything said is kept in, made where there is none;"
            f" {IN_MEMORY} keeps nothing when the server stops.",
        ],
        ["keep", None, None, "How long what was said is kept (default: forever).", duration],
        [
            "sync",
            None,
            "full",
            "When something counts as saved: when the disk has it (full), or the operating system (normal),"
            " which loses the last moments if the machine loses power.",
            one_of("full", "normal"),
        ],
        [
            "certificate",
            None,
            None,
            "PEM file with the certificate for TLS, and those that vouch for it (default: one is made and"
            " kept beside the journal).",
        ],
        ["key", None, None, "PEM file with its private key (default: the certificate's file)."],
        [
            "plaintext",
            None,
            "any",
            "Who may connect without TLS: any, local (who comes from this machine) or never.",
            one_of(*(each.value for each in Plaintext)),
        ],
        ["max-text", None, Limits.text, "Characters of a text.", between(1, 16_000)],
        ["max-rooms", None, Limits.rooms, "Rooms on the server.", between(1, 1_000_000)],
        [
            "max-rooms-per-user",
            None,
            Limits.rooms_of_user,
            "Rooms that one user is in.",
            between(1, 1_000_000),
        ],
        [
            "max-connections",
            None,
            Limits.connections,
            "Connections at a time.",
            between(1, 1_000_000),
        ],
        [
            "max-behind",
            None,
            Limits.behind,
            "Bytes that a reader may be behind before the server gives up on him.",
            between(65_536, 1_073_741_824),
        ],
        ["max-topic", None, Limits.topic, "Characters of a room's topic, or of a reason.", between(1, 1_000)],
        [
            "max-orders",
            None,
            Limits.orders,
            "Moderators of a room, people invited to it, muted in it, and banned from it, each.",
            between(1, 1_000_000),
        ],
        [
            "sign-in-timeout",
            None,
            int(Limits.sign_in),
            "Seconds that a connection has to say who it is.",
            between(1, 86_400),
        ],
        [
            "ping-after",
            None,
            int(Limits.ping_after),
            "Seconds of silence after which a client is asked whether it is there, if it can answer.",
            between(1, 86_400),
        ],
        [
            "silence-timeout",
            None,
            int(Limits.gone_after),
            "Seconds of silence after which such a client is taken for gone.",
            between(2, 86_400),
        ],
        [
            "max-connections-per-address",
            None,
            Limits.connections_of_address,
            "Connections at a time from one address; this machine's own are not counted.",
            between(1, 1_000_000),
        ],
        [
            "max-new-per-address",
            None,
            Limits.new_of_address,
            f"Connections from one address that are accepted within {Limits.new_within:g} seconds.",
            between(1, 1_000_000),
        ],
        *_rates("message", "Messages that one user may send", MESSAGES),
        *_rates("history", "Readings of history, and searches, that one user may ask for", READINGS),
        *_rates("request", "Other requests that one user may send", REQUESTS),
        [
            "names",
            None,
            Limits.names,
            "Who may come in: open is everybody, claimed who has claimed his name.",
            one_of("open", "claimed"),
        ],
        [
            "claims",
            None,
            Limits.claims,
            "Whether names may be claimed: open, or closed.",
            one_of("open", "closed"),
        ],
        ["max-accounts", None, Limits.accounts, "Names that may be claimed.", between(1, 1_000_000)],
        [
            "max-devices",
            None,
            Limits.devices,
            "Connections at a time under one claimed name.",
            between(1, 1_000),
        ],
        [
            "max-absence",
            None,
            int(Limits.absence),
            "Seconds that who has claimed his name may be gone before his rooms are told.",
            between(0, 3_600),
        ],
        [
            "wrong-passwords-per-name",
            None,
            Limits.wrong_passwords_of_name,
            "Wrong passwords a minute for one name, before the next ones have to wait.",
            between(1, 1_000_000),
        ],
        [
            "max-claims-per-address",
            None,
            Limits.claims_of_address,
            "Names that may be claimed from one address in an hour.",
            between(1, 1_000_000),
        ],
        [
            "max-password-changes",
            None,
            Limits.changes_of_password,
            "Times that one password may be changed in an hour.",
            between(1, 1_000_000),
        ],
        [
            "wrong-passwords-per-address",
            None,
            Limits.wrong_passwords_of_address,
            "Wrong passwords a minute from one address, before the next ones have to wait.",
            between(1, 1_000_000),
        ],
        [
            "limits",
            None,
            "on",
            "off: no limits against abuse, for tests and benchmarks.",
            one_of("on", "off"),
        ],
    ]

    optFlags = [["no-tls", None, "No TLS, and no certificate: everybody speaks plain text."]]

    def __init__(self) -> None:
        super().__init__()
        self["listen"] = []
        self["trusted-network"] = []
        self["operators"] = []

    def postOptions(self) -> None:
        """Refuse what contradicts itself."""
        if self["key"] is not None and self["certificate"] is None:
            raise usage.UsageError("--key needs a --certificate")
        if self["no-tls"] and self["certificate"] is not None:
            raise usage.UsageError("--no-tls takes no --certificate")
        if self["no-tls"] and self["plaintext"] != "any":
            raise usage.UsageError(f"--no-tls takes no --plaintext {self['plaintext']}: nobody could come in")

    def opt_listen(self, endpoint: str) -> None:
        """Listen on a Twisted endpoint, such as tcp6:5555, unix:/run/classchat.sock or
        systemd:domain=INET:index=0. May be given more than once; the default address is
        then listened on only if --host or --port is given too.
        """
        self["listen"].append(endpoint)

    def opt_trusted_network(self, network: str) -> None:
        """Do not count connections from this network, such as 192.168.1.0/24, by their address.
        May be given more than once; this machine is trusted anyway.
        """
        try:
            self["trusted-network"].append(ip_network(network, strict=False))
        except ValueError:
            raise usage.UsageError(
                f"'{network}' is no network: give one such as 192.168.1.0/24 or 2001:db8::/32"
            ) from None

    def opt_operator(self, name: str) -> None:
        """A claimed name whose owner may do everything everywhere; may be given more than once."""
        shown = names.user_name(name, Limits.user_name)
        if shown is None or names.is_reserved(shown):
            raise usage.UsageError(f"'{quoted(name)}' can't be the name of an operator")
        self["operators"].append(name)


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return what the operator grants his clients."""
    limits = Limits(
        text=options["max-text"],
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
        accounts=options["max-accounts"],
        devices=options["max-devices"],
        absence=options["max-absence"],
        wrong_passwords_of_name=options["wrong-passwords-per-name"],
        claims_of_address=options["max-claims-per-address"],
        changes_of_password=options["max-password-changes"],
        wrong_passwords_of_address=options["wrong-passwords-per-address"],
        messages=Rate(options["message-burst"], options["message-rate"]),
        readings=Rate(options["history-burst"], options["history-rate"]),
        requests=Rate(options["request-burst"], options["request-rate"]),
        topic=options["max-topic"],
        orders=options["max-orders"],
        operators=frozenset(map(names.user_key, options["operators"])),
    )
    return limits if options["limits"] == "on" else limits.without_guard()
