"""The client's command line: `classchat`, `classchat Alice@127.0.0.1:5555`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from platformdirs import user_config_path

from classchat.client.link.addresses import host_name, own_name, port_number, read_place, user_name
from classchat.client.password_prompts import read_password
from classchat.client.settings import Settings, SettingsError, read_settings
from classchat.commandline import CommandLine
from classchat.option_table import DEFAULT_PORT, Misuse, Option, between, shown, some_file
from classchat.rosters.join_codes import code_digest

_LONGEST_RETRY = 86_400  # seconds
PASSWORD_FILE = "password-file"  # noqa: S105
_WHOSE = ("host", "name")  # the settings that a password belongs to: it is not sent elsewhere


def seconds(text: str) -> float:
    """Return a number of seconds, up to a day.

    Raises:
        ValueError: it is not one; the sentence says so.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > _LONGEST_RETRY:
        raise ValueError(f"'{shown(text)}' is not a number of seconds: give one from 0 to {_LONGEST_RETRY}")
    return float(text)


def bell(text: str) -> str:
    """Return when the bell rings.

    Raises:
        ValueError: it is none of the three; the sentence says so.
    """
    if text not in ("off", "mention", "all"):
        raise ValueError(f"'{shown(text)}' is not a choice for the bell: use off, mention or all")
    return text


def password_file(text: str) -> str:
    """Return the path of a password file.

    Raises:
        ValueError: it is not a path; the sentence says so.
    """
    if not text or "\0" in text:
        raise ValueError("Give the name of the file that holds the password")
    return some_file(text)


def own_code(text: str) -> str:
    """Return a join code.

    Raises:
        ValueError: it is none; the sentence says so.
    """
    if code_digest(text) is None:
        raise ValueError(f"'{shown(text)}' is not a join code such as K7Q2-M9XH-TRWA")
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "host": host_name,
    "port": port_number,
    "name": user_name,
    "bell": bell,
    PASSWORD_FILE: password_file,
}
"""The options that may also stand in a file."""


_HERE = "Server and name"
_SHOWN = "Display"
_TLS = "Encryption"
_MORE = "Scripts and programs"

PLACE_OPTIONS = (
    Option("host", "The server's address", "HOST", host_name, short="h", group=_HERE),
    Option("port", "The server's port", "PORT", port_number, short="p", group=_HERE, shown=f"{DEFAULT_PORT}"),
    Option("name", "Your name there", "NAME", own_name, short="n", group=_HERE),
    Option(
        PASSWORD_FILE,
        "File with your password in its first line, readable only by you",
        "FILE",
        password_file,
        group=_HERE,
    ),
    Option(
        "retry",
        "How long to try to reconnect; 0: not at all",
        "SECONDS",
        seconds,
        300.0,
        group=_HERE,
        shown="300",
    ),
    Option("tls", "Encrypt even to this machine", group=_TLS),
    Option("no-tls", "Do not encrypt: for old servers in a trusted network", group=_TLS),
)
"""The options about the server, the name, and the connection."""

CLIENT_OPTIONS = (
    *PLACE_OPTIONS,
    Option("code", "Join code of a student, who chooses a password", "CODE", own_code, group=_HERE),
    Option(
        "replay",
        "Earlier messages to show on joining a room; 0: none",
        "N",
        between(0, 100),
        group=_SHOWN,
        shown="20 on the screen, else 0",
    ),
    Option("bell", "When the bell rings", "off|mention|all", bell, group=_SHOWN, shown="mention"),
    Option("no-color", "No colours, as with NO_COLOR in the environment", group=_SHOWN),
    Option("plain", "Line mode, without an editor", group=_SHOWN),
    Option("json", "JSON lines in and out, for programs: docs/bots.md", group=_MORE),
    Option("strict", "Exit with code 1 if anything was refused", group=_MORE),
)


class ClientOptions(CommandLine):
    """The options of the client; what is missing is asked for."""

    program = "classchat"
    usages: ClassVar[Sequence[str]] = (
        "[options] [NAME@HOST[:PORT][#sha256:FINGERPRINT]]",
        "[options] HOST[:PORT][#sha256:FINGERPRINT] | @SERVER",
        "COMMAND ...",
    )
    about = "Joins a chat server, and asks for what is not given. @SERVER is a server in config.toml."
    options: ClassVar[Sequence[Option]] = CLIENT_OPTIONS

    def __init__(self, settings: Settings | None = None) -> None:
        """Take from the `settings` what the command line does not say."""
        super().__init__()
        self._settings = settings or Settings()
        self["fingerprint"] = None
        self["password"] = None
        self["encrypted"] = None

    def take(self, values: dict[str, Any], words: Sequence[str]) -> None:
        """Take the values that were read, as `CommandLine` does."""
        self._names_file = values.get(PASSWORD_FILE) is not None
        super().take(values, words)

    def parseArgs(self, address: str | None = None, *more: str) -> None:
        """Take name, host and port from an address; the port is the usual one if it has none."""
        if address is None:
            return
        if address.startswith("@"):
            self._go_to(address[1:])
        else:
            more = self._take_address(address, more)
        if more:
            raise Misuse(f"Unexpected argument '{shown(more[0])}': give one address, such as NAME@HOST:PORT")

    def _take_address(self, address: str, more: tuple[str, ...]) -> tuple[str, ...]:
        """Take an address, and a port and a name if they follow it; return the remaining words."""
        name, at, place = address.rpartition("@")
        try:
            if at:
                self._agree("name", own_name(name))
            host, port, self["fingerprint"] = read_place(place)
            self._agree("host", host)
            if port is None and more and more[0].isdigit():
                port, more = port_number(more[0]), more[1:]
                if not at and more:
                    self._agree("name", own_name(more[0]))
                    more = more[1:]
        except ValueError as error:
            raise Misuse(str(error)) from None
        self._agree("port", port or self["port"] or DEFAULT_PORT)
        return more

    def _agree(self, name: str, value: Any) -> None:
        """Take a value of the address, which an option may give as well.

        Raises:
            Misuse: the option gives another value.
        """
        if self[name] is not None and value is not None and self[name] != value:
            raise Misuse(
                f"--{name} is given twice, with '{shown(str(self[name]))}' and '{shown(str(value))}'"
            )
        self[name] = value

    def _go_to(self, server: str) -> None:
        """Take from a server in the settings what the command line does not say."""
        place = server_of(self._settings, server)
        for key in ("host", "port", "name"):
            self[key] = place.get(key) if self[key] is None else self[key]
        self["port"] = self["port"] or DEFAULT_PORT
        self["fingerprint"] = place.get("fingerprint")
        self["encrypted"] = place.get("tls")
        if self[PASSWORD_FILE] is None and all(self[key] == place.get(key, self[key]) for key in _WHOSE):
            self[PASSWORD_FILE] = place.get(PASSWORD_FILE)

    def postOptions(self) -> None:
        """Fill in what was not given."""
        if self["tls"] or self["no-tls"]:
            self["encrypted"] = bool(self["tls"])
        if self["no-tls"] and self["tls"]:
            raise Misuse("Choose either --tls or --no-tls")
        if self["encrypted"] is False and self["fingerprint"]:
            raise Misuse("A fingerprint needs TLS: leave out the fingerprint, or use TLS")
        settings = self._settings.options
        for key in READERS:
            if self.get(key) is None and key != PASSWORD_FILE:
                self[key] = settings.get(key)
        if self[PASSWORD_FILE] is None and [self[key] for key in _WHOSE] == [
            settings.get(key) for key in _WHOSE
        ]:
            self[PASSWORD_FILE] = settings.get(PASSWORD_FILE)
        self._read_password()
        self["bell"] = self["bell"] or "mention"
        self["colors"] = self._settings.options.get("colors", True) and not self.get("no-color")
        self["time_format"] = self._settings.options.get("time_format", "%H:%M")

    def _read_password(self) -> None:
        if self[PASSWORD_FILE] is not None:
            try:
                self["password"] = read_password(Path(os.path.expanduser(self[PASSWORD_FILE])))
            except ValueError as error:
                if self._names_file:
                    raise Misuse(f"--{PASSWORD_FILE}: {error}") from None
                raise SystemExit(f"classchat: {error}.") from None


def server_of(settings: Settings, server: str) -> Mapping[str, Any]:
    """Return what the settings have for a server.

    Raises:
        Misuse: there is no server of that name.
    """
    if server not in settings.servers:
        known = ", ".join(f"@{name}" for name in settings.servers) or "none"
        raise Misuse(f"Unknown server '@{shown(server)}'. Known servers: {known}")
    return settings.servers[server]


_O = TypeVar("_O", bound=CommandLine)


def from_settings(kind: Callable[[Settings], _O]) -> _O:
    """Return the options with what config.toml says.

    Raises:
        SystemExit: the file is not valid.
    """
    return kind(own_settings())


def own_settings() -> Settings:
    """Return what config.toml says.

    Raises:
        SystemExit: the file is not valid.
    """
    try:
        return read_settings(user_config_path("classchat", appauthor=False) / "config.toml", READERS)
    except SettingsError as error:
        raise SystemExit(f"classchat: {error}") from None
