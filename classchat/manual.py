"""The manual page `classchat(1)`, made from the tables of commands and options that the help is made from.

It is written with the macros of man(7), for groff and mandoc.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from classchat import __version__
from classchat.client.arguments import ClientOptions
from classchat.client.commands.table import SCREEN_COMMANDS
from classchat.commandline import OF_EVERY_COMMAND, CommandLine, Line
from classchat.option_table import Option, by_group
from classchat.parts import PARTS, Part

_DESCRIPTION = (
    "ClassChat is a chat server for a class, a lab, or any group that wants its own. Browsers and IRC clients"
    " join the same rooms at the same port. Without a command, classchat is the client for terminals."
)

EXIT_STATUS = {
    "0": "Done; also if Ctrl+C or SIGTERM ended the server or the client.",
    "1": "Failed; the reason is a line on standard error.",
    "2": "The command line is wrong; a line on standard error names the option.",
    "130": "Ctrl+C ended a tool.",
}
"""The exit codes of all commands, and what they mean."""

_FILES = {
    "classchat.sqlite": "The server's journal, in the directory in which it was started.",
    "classchat.sqlite-tls.pem": "The certificate that the server has made, and its private key.",
    "~/.config/classchat/config.toml": "The client's settings.",
}

_ENVIRONMENT = {
    "CLASSCHAT_…": "Options of the server, such as CLASSCHAT_MAX_TEXT for --max-text.",
    "NO_COLOR": "If it is set, the client shows no colours.",
}


def page(day: str) -> str:
    """Return the manual page as of a `day`, such as 2026-11-29."""
    lines = [
        f'.TH CLASSCHAT 1 "{day}" "ClassChat {_escaped(__version__)}" "User Commands"',
        *_section("NAME", r"classchat \- a chat server for classes, and its clients"),
        *_section("SYNOPSIS", *_usages(ClientOptions)),
        *_section("DESCRIPTION", *_text(_DESCRIPTION), ".PP", *_text(ClientOptions.about)),
        *_section("OPTIONS", *_options(ClientOptions.options), *_of_every_command()),
        *_section("COMMANDS", *_commands(PARTS, "classchat")),
        *_section(
            "WHAT TO TYPE IN THE CHAT", *_definitions({each.synopsis: each.help for each in SCREEN_COMMANDS})
        ),
        *_section("EXIT STATUS", *_definitions(EXIT_STATUS)),
        *_section("ENVIRONMENT", *_definitions(_ENVIRONMENT)),
        *_section("FILES", *_definitions(_FILES)),
        *_section("SEE ALSO", ".BR twistd (1)"),
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return a text that roff shows as it is; a hyphen is a minus sign, which can be copied."""
    return text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")


def _text(text: str) -> list[str]:
    """Return a text of one paragraph as lines; none of them is taken for a request."""
    escaped = _escaped(" ".join(text.split()))
    return [rf"\&{escaped}" if escaped.startswith(".") else escaped]


def _section(title: str, *lines: str) -> list[str]:
    return [f".SH {title}", *(lines[1:] if lines[0] == ".PP" else lines)]


def _usages(kind: type[CommandLine]) -> Iterator[str]:
    for number, usage in enumerate(kind.usages):
        if number:
            yield ".br"
        yield rf"\fB{_escaped(kind.program)}\fR {_escaped(usage)}".rstrip()


def _definitions(rows: Mapping[str, str]) -> Iterator[str]:
    for term, text in rows.items():
        yield from (".TP", rf"\fB{_escaped(term)}\fR", *_text(text))


def _options(options: Sequence[Option]) -> Iterator[str]:
    """Yield the options of a command by group, in the table's order."""
    for group, members in by_group(options).items():
        if group != Option.group:
            yield from (".PP", rf"\fI{_escaped(group)}\fR")
        for option in members:
            names = ", ".join(rf"\fB{_escaped(spelling)}\fR" for spelling in option.spellings)
            value = rf" \fI{_escaped(option.value)}\fR" if option.value else ""
            yield from (".TP", names + value, *_text(option.described()))


def _of_every_command() -> Iterator[str]:
    yield from (".PP", r"\fIOf every command\fR", *_definitions(dict(OF_EVERY_COMMAND)))


def _commands(parts: Mapping[str, Part], above: str) -> Iterator[str]:
    """Yield a subsection for each command, those of a branch below it."""
    for name, part in parts.items():
        if part.parts:
            yield from (f'.SS "{_escaped(above)} {_escaped(name)}"', *_text(part.about))
            yield from _commands(part.parts, f"{above} {name}")
        else:
            kind = part.line(name).kind
            yield f'.SS "{_escaped(kind.program)}"'
            yield from _usages(kind)
            yield from (".PP", *_text(kind.about), *_options(kind.options))


class ManualOptions(CommandLine):
    """`classchat man` has no options of its own."""

    program = "classchat man"
    usages = ("",)
    about = "Prints the manual page, with all commands and options. To read it: classchat man | man -l -"


def _print_page(_: ManualOptions) -> None:
    print(page(datetime.now(UTC).date().isoformat()), end="")


LINE = Line(ManualOptions, _print_page)
