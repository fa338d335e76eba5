"""`classchat forget HOST[:PORT]`: accept another certificate of a server the next time."""

from __future__ import annotations

from classchat.client.arguments import own_settings, server_of
from classchat.client.link.addresses import place, read_place
from classchat.client.link.endpoints import known_hosts_file
from classchat.client.link.trust import KnownHosts, Untrusted
from classchat.commandline import CommandLine, Line
from classchat.option_table import DEFAULT_HOST, DEFAULT_PORT, Misuse, shown

_MOST_NAMED = 20
"""Saved servers to name if the one to forget is not saved."""


class ForgetOptions(CommandLine):
    """Which server to forget."""

    program = "classchat forget"
    usages = ("HOST[:PORT] | @SERVER",)
    about = (
        "Forgets a server's certificate, so that the next connection accepts a new one. Do this only if the"
        " server's operator has confirmed that it has changed."
    )

    def parseArgs(self, address: str | None = None) -> None:
        """Take the address, in any form that the client takes."""
        if address is None:
            raise Misuse("Which server? Give HOST[:PORT]")
        if address.startswith("@"):
            settings = own_settings()
            known = {**settings.options, **server_of(settings, address[1:])}
            host, port = known.get("host", DEFAULT_HOST), known.get("port")
        else:
            try:
                host, port, _ = read_place(address.rpartition("@")[2])
            except ValueError as error:
                raise Misuse(str(error)) from None
        self["place"] = place(host, port or DEFAULT_PORT).lower()


def run(options: ForgetOptions) -> None:
    """Forget the certificate of a server.

    Raises:
        SystemExit: none is saved, or the file can't be changed; the sentence says so.
    """
    known_hosts = KnownHosts(known_hosts_file())
    try:
        if known_hosts.forget(options["place"]):
            print(f"Forgot the certificate of {options['place']}.")
            return
        known = known_hosts.places()
    except Untrusted as error:
        raise SystemExit(f"classchat: {error}.") from None
    except OSError as error:
        raise SystemExit(f"classchat: Can't write to {known_hosts.path}: {error.strerror}.") from None
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    names = f"{', '.join(map(shown, known[:_MOST_NAMED]))}{more}" if known else "none"
    raise SystemExit(
        f"classchat: No certificate of {shown(options['place'])} is saved. Saved certificates: {names}."
    )


LINE = Line(ForgetOptions, run)
