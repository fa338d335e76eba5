"""The client's command line: `classchat`, `classchat Alice@127.0.0.1:5555`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.python import usage

from classchat.client.passwords import read_password
from classchat.client.settings import Settings
from classchat.client.trust import fingerprint
from classchat.commandline import DEFAULT_PORT, CommandLine

_LONGEST_RETRY = 86_400  # seconds
PASSWORD_FILE = "password-file"  # noqa: S105
_WHOSE = ("host", "name")  # what a password in the settings is for: it is not sent elsewhere
_LONGEST_NAME = 255  # characters; every server has a limit of its own, and none is beyond this one


def port_number(text: str) -> int:
    """Return the number of a port.

    Raises:
        ValueError: it is none, and the sentence says so.
    """
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= 65535:
        raise ValueError(f"'{text}' is no port: give a number from 1 to 65535")
    return number


def seconds(text: str) -> float:
    """Return a number of seconds, up to a day.

    Raises:
        ValueError: it is none, and the sentence says so.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > _LONGEST_RETRY:
        raise ValueError(f"'{text}' is no number of seconds: give one from 0 to {_LONGEST_RETRY}")
    return float(text)


def host_name(text: str) -> str:
    """Return the name or address of a host.

    Raises:
        ValueError: it can't be one, and the sentence says so.
    """
    if not text or any(character.isspace() or character == "@" for character in text):
        raise ValueError(f"'{text}' is no host: give a name such as chat.example.org, or an address")
    return text


def user_name(text: str) -> str:
    """Return what a server can be told as a bare name; whether it likes it, it says itself.

    Raises:
        ValueError: it would be taken for something else, and the sentence says so.
    """
    if not 1 <= len(text) <= _LONGEST_NAME or text.startswith("{") or not text.isprintable():
        raise ValueError("A user name is needed: letters, digits, '.', '_' or '-', without spaces")
    return text


def bell(text: str) -> str:
    """Return when to ring.

    Raises:
        ValueError: it is none of the three, and the sentence says so.
    """
    if text not in ("off", "mention", "all"):
        raise ValueError(f"'{text}' is no choice for the bell: take off, mention or all")
    return text


def password_file(text: str) -> str:
    """Return where a password is.

    Raises:
        ValueError: that is no file's name, and the sentence says so.
    """
    if not text or "\0" in text:
        raise ValueError("A password is in a file: give its name")
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "host": host_name,
    "port": port_number,
    "name": user_name,
    "bell": bell,
    PASSWORD_FILE: password_file,
}
"""The options that may also stand in a file."""


class Options(CommandLine):
    """What can be said of the server and oneself; what is missing is asked for."""

    synopsis = (
        "Usage: classchat [options] [NAME@HOST[:PORT][#sha256:FINGERPRINT] | @SERVER]\n"
        "       classchat serve|export|journal --help"
    )
    longdesc = "Joins a chat server. What is not given is asked for."
    optFlags = [
        ["plain", None, "Line by line, without an editor, as it is where there is no terminal."],
        ["json", None, "For programs: lines of the protocol in and out; see docs/bots.md."],
        ["tls", None, "Encrypt also to this machine."],
        ["no-tls", None, "Do not encrypt: for old servers, where the network can be trusted."],
        ["no-color", None, "No colours; so does a NO_COLOR in the environment."],
    ]
    optParameters = [
        ["host", "h", None, "The server's address or name.", host_name],
        ["port", "p", None, "The server's port.", port_number],
        ["name", "n", None, "Your name there.", user_name],
        [
            "retry",
            None,
            300.0,
            "For how many seconds to try to come back when the connection is lost; 0 leaves at once.",
            seconds,
        ],
        [
            PASSWORD_FILE,
            None,
            None,
            "File whose first line is your password, for where nobody can be asked; nobody else may read it.",
            password_file,
        ],
        ["bell", None, None, "When to ring: off, mention (and in private), or all.", bell],
    ]

    def __init__(self, settings: Settings | None = None) -> None:
        """Take from the `settings` what the command line does not say."""
        super().__init__()
        self._settings = settings or Settings()
        self["fingerprint"] = None
        self["password"] = None
        self["encrypted"] = None

    def parseArgs(self, address: str | None = None) -> None:
        """Take name, host and port from an address; the port is the usual one if it has none."""
        if address is None:
            return
        if address.startswith("@"):
            self._go_to(address[1:])
            return
        name, at, place = address.rpartition("@")
        if not at:
            raise usage.UsageError(f"'{address}' is no address: give NAME@HOST or NAME@HOST:PORT")
        try:
            self["name"] = user_name(name)
            self["host"], port, self["fingerprint"] = read_place(place)
            self["port"] = port or self["port"] or DEFAULT_PORT
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    def _go_to(self, server: str) -> None:
        """Take host, port and name of a server that the settings name."""
        if server not in self._settings.servers:
            known = ", ".join(f"@{name}" for name in self._settings.servers) or "none"
            raise usage.UsageError(f"There is no server '{server}' in the settings: there are {known}")
        place = self._settings.servers[server]
        for key in ("host", "port", "name"):
            self[key] = place.get(key, self[key])
        self["port"] = self["port"] or DEFAULT_PORT
        self["fingerprint"] = place.get("fingerprint")
        self["encrypted"] = place.get("tls")
        self[PASSWORD_FILE] = self[PASSWORD_FILE] or place.get(PASSWORD_FILE)

    def postOptions(self) -> None:
        """Fill in what was not said."""
        if self["tls"] or self["no-tls"]:
            self["encrypted"] = bool(self["tls"])
        if self["no-tls"] and self["tls"]:
            raise usage.UsageError("Either --tls or --no-tls")
        if self["encrypted"] is False and self["fingerprint"]:
            raise usage.UsageError("Without TLS there is no fingerprint: leave one of them away")
        settings = self._settings.options
        for key in READERS:
            if self[key] is None and key != PASSWORD_FILE:
                self[key] = settings.get(key)
        if self[PASSWORD_FILE] is None and [self[key] for key in _WHOSE] == [
            settings.get(key) for key in _WHOSE
        ]:
            self[PASSWORD_FILE] = settings.get(PASSWORD_FILE)
        self._read_password()
        self["bell"] = self["bell"] or "mention"
        self["colors"] = self._settings.options.get("colors", True) and not self["no-color"]
        self["time_format"] = self._settings.options.get("time_format", "%H:%M")

    def _read_password(self) -> None:
        if self[PASSWORD_FILE] is not None:
            try:
                self["password"] = read_password(Path(self[PASSWORD_FILE]).expanduser())
            except (ValueError, RuntimeError) as error:
                raise usage.UsageError(str(error)) from None


def read_place(text: str) -> tuple[str, int | None, str | None]:
    """Return host, port and fingerprint of `host`, `host:port#sha256:…`, `::1` or `[::1]:port`.

    None stands for a port, and a fingerprint, that is not there.

    Raises:
        ValueError: it is no such place, and the sentence says so.
    """
    text, hash, shown = text.partition("#")
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(f"'{text}' is no host: an IPv6 address stands as [::1] or [::1]:5555")
        port = port.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    return host_name(host), port_number(port) if port else None, fingerprint(shown) if hash else None
