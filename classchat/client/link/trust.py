"""Whether to trust a server's certificate: what it shows, and what is saved about it.

The first that holds decides:

    the address has a fingerprint       it has to be the server's, and nothing is saved
    nothing is saved                    trusted; saved is `system` if this system vouches for the
                                        certificate, else its fingerprint, which is shown
    its fingerprint is saved            trusted
    this system vouches for it          trusted; saved is `system` from now on
    else                                refused: it is another server, or an attacker

Once this system has vouched for a server, another certificate is not trusted later.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from classchat.client import kept
from classchat.client.link.addresses import FINGERPRINT

SYSTEM = "system"
"""The saved value for a server with any certificate that this system vouches for."""


class NotSecure(Exception):
    """The connection can't be made secure; the argument says why, and what to do."""


class Untrusted(NotSecure):
    """The server is not the one that it has to be."""


@dataclass(frozen=True)
class Known:
    """The saved trust in a server: its fingerprint or `system`, and the line of the file, if any."""

    what: str
    number: int | None


class KnownHosts:
    """The file of known servers, one per line: `chat.example.org:5555 sha256:…`.

    Other lines stay as they are.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, place: str) -> tuple[Known | None, list[int]]:
        """Return what is saved about a server, if anything, and the numbers of invalid lines.

        Raises:
            Untrusted: the line about it can't be read.
        """
        known: Known | None = None
        wrong = []
        for number, line in enumerate(self._read(), 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) == 2 and (words[1] == SYSTEM or FINGERPRINT.fullmatch(words[1])):
                if words[0] == place:
                    known = Known(words[1], number)
            elif words[0] == place:
                raise Untrusted(
                    f"The certificate saved for {place} can't be read: correct line {number} of {self.path},"
                    f" or run 'classchat forget {place}'"
                )
            else:
                wrong.append(number)
        return known, wrong

    def remember(self, place: str, what: str) -> None:
        """Save what a server showed, in place of what was saved before.

        Raises:
            OSError: it can't be written.
        """
        with kept.alone(self.path):
            lines = [line for line in self._read() if line.split()[:1] != [place]]
            self._write([*lines, f"{place} {what}"])

    def forget(self, place: str) -> bool:
        """Remove what is saved about a server; return whether there was anything.

        Raises:
            OSError: it can't be written.
            Untrusted: the file can't be read.
        """
        if not self.path.exists():
            return False
        with kept.alone(self.path):
            lines = self._read()
            others = [line for line in lines if line.split()[:1] != [place]]
            if len(others) < len(lines):
                self._write(others)
            return len(others) < len(lines)

    def places(self) -> list[str]:
        """Return the saved servers.

        Raises:
            Untrusted: the file can't be read.
        """
        words = [line.split() for line in self._read()]
        return sorted({each[0] for each in words if each and not each[0].startswith("#")})

    def _read(self) -> list[str]:
        try:
            text = self.path.read_bytes().removeprefix(BOM_UTF8).decode(errors="surrogateescape")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Untrusted(f"Can't read the known servers in {self.path}: {error.strerror}") from None
        return text.removesuffix("\n").split("\n") if text else []

    def _write(self, lines: list[str]) -> None:
        content = "".join(f"{line}\n" for line in lines)
        kept.replace(self.path, content.encode(errors="surrogateescape"))


class Trust:
    """Whether to trust the server at one place."""

    def __init__(
        self, place: str, known_hosts: KnownHosts, tell: Callable[[str], object], expected: str | None = None
    ) -> None:
        """Trust only the `expected` fingerprint, if there is one; `tell` is called with sentences."""
        self.place = place
        self._key = place.lower()
        self._known_hosts = known_hosts
        self._tell = tell
        self._expected = expected
        self._trusted: str | None = None  # what counts until the client ends, even if it can't be saved

    def check(self, shown: str, vouched: bool) -> None:
        """Check a certificate's fingerprint; `vouched` says whether this system trusts it for that host.

        Raises:
            Untrusted: it is not the right one.
        """
        if self._expected is not None:
            self._check_expected(shown, self._expected)
            return
        known, wrong = self._known_hosts.find(self._key)
        for number in wrong:
            self._tell(f"{self._known_hosts.path}, line {number} is not valid, and is skipped")
        if known is None and self._trusted is not None:
            known = Known(self._trusted, None)
        if known is None:
            if not vouched:
                self._tell(f"First connection to {self.place}: its certificate is {shown}")
            self._remember(SYSTEM if vouched else shown)
        elif vouched and known.what != SYSTEM:
            self._remember(SYSTEM)
        elif not vouched and known.what != shown:
            self._refuse(shown, known)

    def _check_expected(self, shown: str, expected: str) -> None:
        if shown != expected:
            raise Untrusted(
                f"The server at {self.place} is not the right one, or someone intercepts the connection: the"
                f" address says {expected}, and its certificate is {shown}. Ask the server's operator."
            )

    def _refuse(self, shown: str, known: Known) -> None:
        before = "one that this system trusts" if known.what == SYSTEM else known.what
        where = f"run 'classchat forget {self.place}', and connect again" if known.number else "connect again"
        raise Untrusted(
            f"The server at {self.place} has another certificate, or someone intercepts the connection: it"
            f" was {before}, and is {shown}. Ask the server's operator. If the change is right, {where}"
        )

    def _remember(self, what: str) -> None:
        self._trusted = what
        try:
            self._known_hosts.remember(self._key, what)
        except OSError as error:
            self._tell(f"The certificate can't be saved in {self._known_hosts.path}: {error.strerror}")
