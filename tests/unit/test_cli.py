"""The `classchat` command: which part a command line is for, its help, and its mistakes."""

from __future__ import annotations

import runpy
import sys
from typing import Any

import pytest

from classchat import cli
from classchat.cli import PARTS, Branch, Root
from classchat.commandline import Line
from tests.tables import each_case

Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Replace every command except help and version by a recorder; return the recorded calls."""
    recorded: Calls = []

    def record(self: Line, line: Any) -> None:
        recorded.append((self.program, dict(line)))

    for line in Root().lines():
        if line.program not in ("classchat help", "classchat version"):
            monkeypatch.setattr(line, "_run", record.__get__(line))
    return recorded


def _shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code: object = 0
    try:
        cli.main(words)
    except SystemExit as ending:
        code = ending.code
    assert code == 0
    return capsys.readouterr().out


def _refusal(*words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert 2 == caught.value.code
    return str(caught.value).removeprefix("classchat: ")


@each_case(
    ("words", "program", "said"),
    [
        ("serve", "classchat serve", {"host": None, "port": None}),
        ("serve 0.0.0.0 8080", "classchat serve", {"host": "0.0.0.0", "port": 8080}),
        ("serve 127.0.0.1 5555 --limits off", "classchat serve", {"port": 5555, "limits": "off"}),
        ("serve 127.0.0.1 --limits off 5555", "classchat serve", {"port": 5555, "limits": "off"}),
        ("--limits=off serve 127.0.0.1", "classchat serve", {"host": "127.0.0.1", "limits": "off"}),
        ("serve --max-rooms-p 5 -p1", "classchat serve", {"max-rooms-per-user": 5, "port": 1}),
        ("serve -h 0.0.0.0 --no-tls", "classchat serve", {"host": "0.0.0.0", "no-tls": True}),
        ("serve serve", "classchat serve", {"host": "serve"}),
        ("export --room CS350", "classchat export", {"room": "CS350"}),
        ("export --session --room CS350", "classchat export", {"session": "last", "room": "CS350"}),
        ("export --polls --session", "classchat export", {"session": "last", "polls": True}),
        ("journal check", "classchat journal check", {"journal": "classchat.sqlite"}),
        ("journal --journal F check", "classchat journal check", {"journal": "F"}),
        ("journal check --journal=F", "classchat journal check", {"journal": "F"}),
        ("-j check journal check", "classchat journal check", {"journal": "check"}),
        ("admin --journal F audit --last 5", "classchat admin audit", {"journal": "F", "last": 5}),
        ("admin --last 5 --json audit", "classchat admin audit", {"last": 5, "json": True}),
        ("admin password Alice --journal F", "classchat admin password", {"name": "Alice", "journal": "F"}),
        ("admin password --journal F Alice", "classchat admin password", {"name": "Alice", "journal": "F"}),
        ("admin operator add Alice -j F", "classchat admin operator", {"add": True, "name": "Alice"}),
        ("admin claim -- -Alice", "classchat admin claim", {"name": "-Alice"}),
        ("", "classchat", {"host": None, "name": None}),
        ("Alice@localhost --retry 0", "classchat", {"name": "Alice", "host": "localhost", "retry": 0.0}),
        ("--plain Alice@localhost", "classchat", {"name": "Alice", "plain": True}),
        ("--name serve", "classchat", {"name": "serve", "host": None}),
        ("localhost 1 serve", "classchat", {"host": "localhost", "port": 1, "name": "serve"}),
        ("-h 127.0.0.1 -n Alice", "classchat", {"host": "127.0.0.1", "name": "Alice"}),
        ("chat", "classchat", {"host": "chat"}),
        ("serve.example.org", "classchat", {"host": "serve.example.org"}),
    ],
)
def test_each_part_is_handed_what_was_said(
    calls: Calls, words: str, program: str, said: dict[str, object]
) -> None:
    """Options may stand anywhere, and each command gets its own; without a command the client runs."""
    calls.clear()
    cli.main(words.split())
    ((called, given),) = calls

    assert (program, said) == (called, {name: given[name] for name in said})


@each_case(
    ("words", "sentence"),
    [
        ("sevre", "Unknown command 'sevre': did you mean serve? (a server: sevre:PORT)"),
        ("Server", "Unknown command 'Server': did you mean serve? (a server: Server:PORT)"),
        ("audit", "Unknown command 'audit': did you mean admin audit? (a server: audit:PORT)"),
        ("admin adit", "Unknown command 'adit': did you mean audit?"),
        ("admin", f"Expected a command: one of {', '.join(PARTS['admin'].parts)}."),
        ("admin --journal F", f"Expected a command: one of {', '.join(PARTS['admin'].parts)}."),
        ("journal --last 5 check", "Unknown option --last: it belongs to classchat admin audit."),
        ("serve --prot 5", "Unknown option --prot: did you mean --port?"),
        ("serve --room x", "Unknown option --room: it belongs to classchat export."),
        ("--room x serve", "Unknown option --room: it belongs to classchat export."),
        ("serve --max-r 5", "Unknown option --max-r: did you mean --max-rooms?"),
        ("serve --port", "--port needs a value: --port PORT."),
        ("serve --port --no-tls", "--port needs a value: --port PORT."),
        ("serve --port=", "--port: '' is not a whole number from 0 to 65535."),
        ("serve --port -1", "--port: '-1' is not a whole number from 0 to 65535."),
        (
            f"serve --max-text {'9' * 5000}",
            f"--max-text: '{'9' * 80}…' is not a whole number from 1 to 16000.",
        ),
        ("serve --no-tls=yes", "--no-tls takes no value."),
        ("journal check --help=me", "--help takes no value."),
        ("--version=1", "--version takes no value."),
        ("serve --max 5", "Unknown option --max: did you mean --max-file?"),
        ("serve -p 1 --port=2", "--port is given twice, with '1' and '2'."),
        (
            "serve --listen tcp:99999999",
            "--listen: 'tcp:99999999' is not an endpoint to listen on: use one such as tcp:5555, "
            "tcp6:5555 or unix:/run/classchat.sock.",
        ),
        ("serve h 1 2", "Unexpected argument '2': classchat serve [options] [HOST [PORT]]."),
        ("admin claim", "Expected exactly one NAME."),
        (
            "help foo bar",
            f"Unknown command 'foo': use one of {', '.join(PARTS)}.",
        ),
        ("help serve bar", "Unexpected argument 'bar'."),
        ("version bar", "Unexpected argument 'bar': classchat version."),
        ("-x", "Unknown option -x."),
    ],
)
def test_a_mistake(capsys: pytest.CaptureFixture[str], words: str, sentence: str) -> None:
    """A mistake is told in one line on standard error that names it, and the exit code is 2."""
    told = _refusal(*words.split())
    printed = capsys.readouterr()

    assert told.startswith(f"{sentence} See classchat ")
    assert ("", f"classchat: {told}\n") == (printed.out, printed.err)


def test_what_a_mistake_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """The typed words are quoted on one line, and can't affect the terminal."""
    _refusal("serve", "--port", "1\n\x1b[2J\x85\udc80")

    assert r"'1\n\x1b[2J\x85\udc80'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "--room", "Ж"], {"room": "Ж"}),
        (["serve", "--lobby", "Ж", "--journal", "é.sqlite"], {"lobby": "Ж"}),
        (["send", "--name", "Zoë", "läb", "ja"], {"name": "Zoë", "to": "läb"}),
    ],
)
def test_words_of_a_locale_without_such_letters(
    calls: Calls, words: list[str], said: dict[str, object]
) -> None:
    """Where the locale is ASCII, Python hands over bytes as surrogates: they are read as UTF-8."""
    cli.main([word.encode().decode("ascii", "surrogateescape") for word in words])
    ((_, given),) = calls

    assert said == {name: given[name] for name in said}


def test_the_process_has_a_command_line(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called without one, `main` takes the command line of the process."""
    monkeypatch.setattr(sys, "argv", ["classchat", "serve", "localhost"])
    cli.main()

    assert ["classchat serve"] == [program for program, _ in calls]


def test_python_m(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m classchat` is the `classchat` command, and importing it is not."""
    monkeypatch.setattr(sys, "argv", ["classchat", "serve"])
    runpy.run_module("classchat", run_name="imported")
    before = list(calls)
    runpy.run_module("classchat", run_name="__main__")

    assert ([], ["classchat serve"]) == (before, [program for program, _ in calls])


@each_case(
    ("words", "usage"),
    [
        ("--help", "classchat [options]"),
        ("-h", "classchat [options]"),
        ("help", "classchat [options]"),
        ("serve --help", "classchat serve [options] [HOST [PORT]]"),
        ("serve -h", "classchat serve [options] [HOST [PORT]]"),
        ("serve -h --no-tls", "classchat serve [options] [HOST [PORT]]"),
        ("-h serve", "classchat serve [options] [HOST [PORT]]"),
        ("help serve", "classchat serve [options] [HOST [PORT]]"),
        ("--help serve", "classchat serve [options] [HOST [PORT]]"),
        ("admin --help", "classchat admin COMMAND [options]"),
        ("admin -j F --help", "classchat admin COMMAND [options]"),
        ("admin claim --help", "classchat admin claim NAME [options]"),
        ("help admin claim", "classchat admin claim NAME [options]"),
        ("admin help claim", "classchat admin claim NAME [options]"),
        ("help help", "classchat help [COMMAND [SUBCOMMAND]]"),
        ("--plain -h", "classchat [options]"),
    ],
)
def test_help(capsys: pytest.CaptureFixture[str], words: str, usage: str) -> None:
    """Each command has a help of its own, which is asked for in any of the usual ways."""
    assert _shown(capsys, *words.split()).startswith(f"Usage: {usage}")


def _paths(branch: Branch) -> list[str]:
    lines = [line for line in branch.lines() if line.program != "classchat"]
    return ["", "admin", "journal", *(line.program.removeprefix("classchat ") for line in lines)]


@each_case("path", _paths(Root()))
def test_help_is_fit_to_read(capsys: pytest.CaptureFixture[str], path: str) -> None:
    """Every help fits 80 columns, names every option, and has no traces of how it was put together."""
    shown = _shown(capsys, "help", *path.split())
    command: Any = Root()
    for word in path.split():
        command = command.get_command(cli.click.Context(command), word)

    assert [] == [line for line in shown.splitlines() if len(line) > 80 or line != line.rstrip()]
    assert not any(trace in shown for trace in ("..", ". .", ".  ", "None")) or "COMMAND ..." in shown
    if isinstance(command, Line):
        assert [] == [option.long for option in command.kind.options if option.long not in shown]


def test_the_main_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The main help names every command."""
    shown = _shown(capsys, "--help")

    assert [] == [name for name in PARTS if f"\n  {name} " not in shown]


@pytest.mark.parametrize(
    "words", ["version", "--version", "-V", "serve --version", "admin audit -V", "admin -V"]
)
def test_version(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """The version is shown wherever it is asked for."""
    assert _shown(capsys, *words.split()).startswith("ClassChat ")
