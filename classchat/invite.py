"""`classchat invite [ROOM]`: the link, the line for terminals and the QR code of a server, to hand out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from classchat.client.link.addresses import host_name, is_loopback, port_number
from classchat.commandline import CommandLine, Line
from classchat.interfaces import own_addresses
from classchat.links import on_projector, to_room
from classchat.option_table import DEFAULT_JOURNAL, DEFAULT_PORT, Misuse, Option, shown, some_file, some_room
from classchat.output import what_is_kept_in
from classchat.probing import probe
from classchat.reachable import Reachable, reach
from classchat.showing import print_code, save_pictures

_PAGE_URL = re.compile(
    r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
)
"""A link without a user, a query and a fragment: RFC 3986, 3."""

_LABEL = 11
"""Columns of what stands before each line."""


def page_url(text: str) -> str:
    """Read the link to a page from the command line; it ends with a slash."""
    found = _PAGE_URL.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise ValueError(f"'{shown(text)}' is not a link to a page such as https://school.example/chat/")
    return text if text.endswith("/") else f"{text}/"


HOST_OPTION = Option(
    "host", "Address or name under which people reach the server", "HOST", host_name, None, "h"
)
PORT_OPTION = Option("port", "Port of the server", "PORT", port_number, DEFAULT_PORT, "p")
URL_OPTION = Option("url", "Link to the page, if a proxy is in front of the server", "URL", page_url)


class InviteOptions(CommandLine):
    """The options of `classchat invite`."""

    program = "classchat invite"
    usages = ("[ROOM] [options]",)
    about = (
        "Shows how to join the server on this machine: the link for browsers with its QR code, and the line"
        " for terminals. With a ROOM, the link leads into that room."
    )
    options = (
        HOST_OPTION,
        PORT_OPTION,
        URL_OPTION,
        Option("svg", "Save the QR code as a picture that can be enlarged", "FILE", some_file),
        Option("png", "Save the QR code as a picture for slides", "FILE", some_file),
        Option("qr", "Print the QR code even if the output is no terminal, or only this machine can use it"),
    )

    def parseArgs(self, room: str | None = None) -> None:
        """Read the name of the room."""
        try:
            self["room"] = None if room is None else some_room(room)
        except ValueError as error:
            raise Misuse(f"ROOM: {error}") from None

    def postOptions(self) -> None:
        """Check that the options make sense together, and that no file of the server is overwritten."""
        if self["url"] and self["host"]:
            raise Misuse("--url can't be used with --host: the link has the host")
        for option in ("svg", "png"):
            kept = self[option] and what_is_kept_in(Path(self[option]), Path(DEFAULT_JOURNAL))
            if kept:
                raise Misuse(f"--{option} would overwrite {kept}: choose another file")


def lines_for(found: Sequence[Reachable], room: str | None) -> Iterator[str]:
    """Yield the lines to hand out, and what people have to know about them."""
    best, *others = found
    if best.link is None:
        yield "This server has no page for browsers: people join from a terminal."
    else:
        yield from _browser_lines(best.link, room, best.note)
    yield _labelled("Terminal", best.terminal)
    if room is not None:
        yield _labelled("", f"then type: /join {room}")
    if best.irc is not None:
        yield _labelled("IRC", best.irc if room is None else f"{best.irc}, then /join #{room}")
    for each in others:
        if each.link is not None:
            yield _labelled("Also", to_room(each.link, room))
    if is_loopback(best.host):
        serve = f"classchat serve 0.0.0.0 {best.port}"
        yield f"Only this machine can use them. To let other machines in, start the server with: {serve}"


def _browser_lines(link: str, room: str | None, note: str | None = None) -> Iterator[str]:
    yield _labelled("Browser", to_room(link, room))
    if note is not None:
        yield _labelled("", f"({note})")
    yield _labelled("Projector", on_projector(link, room))


def _labelled(label: str, text: str) -> str:
    return f"{label and f'{label}:':<{_LABEL}}{text}"


def run(options: InviteOptions) -> None:
    """Print how to join the server.

    Raises:
        SystemExit: there is no server, or no link for the picture that is asked for; the sentence says why.
    """
    room = options["room"]
    link, is_local = options["url"], False
    if link is not None:
        lines = list(_browser_lines(link, room))
    else:
        found = reach(options["host"], options["port"], own_addresses(), probe)
        link, is_local, lines = found[0].link, is_loopback(found[0].host), list(lines_for(found, room))
    print("\n".join(lines))
    if link is None:
        if options["svg"] or options["png"]:
            raise SystemExit("classchat: Without a page there is no QR code.")
        return
    if options["qr"] or not is_local:
        print_code(to_room(link, room), options["qr"])
    save_pictures(to_room(link, room), options)


LINE = Line(InviteOptions, run)
