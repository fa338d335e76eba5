"""Readers of the values of the server's options: functions that raise ValueError with a sentence."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

import idna
from twisted.internet.endpoints import StandardIOEndpoint, serverFromString

from classchat import names
from classchat.limits import Limits
from classchat.option_table import shown, some_file, some_text
from classchat.servers.hosts import is_name
from classchat.servers.proxies import UNIX, Proxy
from classchat.texts import quoted

_PER_SECOND = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")

_LONGEST_NAME = 32
_LONGEST_DESCRIPTION = 300

_SHORT_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST = 366 * 86_400
_SIZE = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,3})?)(?P<unit>[kKmMgGtT]?B)?")
_SIZES = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000}

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


def short_duration(text: str) -> float:
    """Return how many seconds `90s`, `15m`, `2h` or `7d` are, at most 366 days; `0` is none."""
    number, unit = text[:-1], text[-1:]
    if text == "0":
        return 0.0
    is_number = number.isascii() and number.isdigit() and len(number) <= 8
    seconds = int(number) * _SHORT_UNITS[unit] if is_number and unit in _SHORT_UNITS else 0
    if not 1 <= seconds <= _LONGEST:
        raise ValueError(f"'{shown(text)}' is not a time such as 90s, 15m, 2h or 7d, or 0")
    return float(seconds)


duration.doc = "such as 365d, 52w or 1y"  # type: ignore[attr-defined]


def size(text: str) -> int:
    """Return how many bytes `25MB`, `1.5GB` or `0` are."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a size such as 25MB, 500kB or 10GB")
    return int(float(match["number"]) * _SIZES[(match["unit"] or "").lower()])


size.doc = "such as 25MB or 10GB"  # type: ignore[attr-defined]


def per_second(text: str) -> float:
    """Read a number of times a second from the command line."""
    number = float(text) if _PER_SECOND.fullmatch(text) else 0.0
    if not 0.1 <= number <= 10_000:
        raise ValueError(f"'{text}' is not a number from 0.1 to 10000")
    return number


def own_host(text: str) -> str:
    """Read an address of this machine from the command line; one of IPv6 may stand in brackets."""
    return some_text(text[1:-1] if text.startswith("[") and text.endswith("]") else text)


def endpoint(text: str) -> str:
    """Read the description of an endpoint from the command line."""
    text = some_file(text)
    try:
        made = serverFromString(None, text)
    except (ValueError, TypeError):  # unknown kind of endpoint, or wrong arguments
        made = None
    except Exception:  # the endpoint needs more than its description: the reactor, a file, systemd
        return text
    port = getattr(made, "_port", 0)  # otherwise a wrong port is found only when the server listens
    if made is None or isinstance(made, StandardIOEndpoint) or port not in range(65536):
        raise ValueError(
            f"'{shown(text)}' is not an endpoint to listen on: use one such as tcp:5555, tcp6:5555 or "
            "unix:/run/classchat.sock"
        )
    return text


def network(text: str) -> IPv4Network | IPv6Network:
    """Read a network from the command line."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"'{shown(text)}' is not a network: use one such as 192.168.1.0/24 or 2001:db8::/32"
        ) from None


def network_name(text: str) -> str:
    """Read the name of the network from the command line: clients show it as one word."""
    if not (text.isprintable() and 1 <= len(text) <= _LONGEST_NAME and " " not in text):
        raise ValueError(
            f"'{shown(text)}' is not a network's name: use one word of 1 to {_LONGEST_NAME} characters"
        )
    return text


def network_description(text: str) -> str:
    """Read what the operator says about the network from the command line: one line."""
    if not (text.isprintable() and len(text) <= _LONGEST_DESCRIPTION):
        raise ValueError(f"the text must be one line of at most {_LONGEST_DESCRIPTION} characters")
    return text


def operator(text: str) -> str:
    """Read the name of an operator from the command line."""
    name = names.user_name(text, Limits.user_name)
    if name is None or names.reserved_for_users(name):
        raise ValueError(f"'{quoted(text)}' is not allowed as an operator's name")
    return text


def web_name(text: str) -> str:
    """Read a name of the server from the command line; return it as browsers send it."""
    name = text.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            name = ""
    if not is_name(name):
        raise ValueError(
            f"'{shown(text)}' is not a host name: use one such as chat.example.org, without http:// or a port"
        )
    return name


def proxy(text: str) -> Proxy:
    """Read the network of proxies from the command line, or `unix`."""
    if text == UNIX:
        return UNIX
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"'{shown(text)}' is not the network of a proxy: use one such as 127.0.0.1 or 10.0.0.0/24, "
            f"or {UNIX}"
        ) from None
    if not found.prefixlen:
        raise ValueError(f"'{shown(text)}' is every address: everybody could pretend to be anybody")
    return found


def proxies(text: str) -> tuple[Proxy, ...]:
    """Read several networks of proxies from the command line, between commas."""
    return tuple(map(proxy, text.split(",")))
