"""What Tab offers, by the tables of commands and options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classchat import cli
from classchat.client import arguments
from classchat.commandline import COMPLETING, Line
from classchat.parts import PARTS, Part
from classchat.shell_completion import offered
from tests.tables import each_case


def _lines(part: Part, name: str, *above: str) -> Iterator[tuple[tuple[str, ...], Line]]:
    """Yield the words of each command below a part, and its line."""
    path = (*above, name)
    if not part.parts:
        yield path, part.line(name)
    for below, inner in part.parts.items():
        yield from _lines(inner, below, *path)


_LINES = [found for name, part in PARTS.items() for found in _lines(part, name)]


def _values(typed: str) -> list[str]:
    """Return what is offered after the last space of a command line."""
    *words, begun = typed.split(" ")
    return [item.value for item in offered(words, begun)]


@each_case("path", [path for path, _ in _LINES])
def test_every_command_is_offered(path: tuple[str, ...]) -> None:
    """Each command is offered where it may stand, once, and after `help`."""
    *above, name = path

    assert [1, 1] == [_values(" ".join([*words, *above, ""])).count(name) for words in ((), ("help",))]


@each_case(("path", "line"), _LINES)
def test_every_option_is_offered(path: tuple[str, ...], line: Line) -> None:
    """Each option of a command is offered with the text of its help, and so are those of every command."""
    items = {item.value: item.help for item in offered(path, "-")}

    assert {option.long: option.help for option in line.kind.options}.items() <= items.items()
    assert {"--help", "--version"} <= {*items}


@each_case(
    ("typed", "values"),
    [
        ("se", ["serve", "send"]),
        ("journal c", ["check", "copy"]),
        ("serve --limits ", ["on", "off"]),
        ("serve --limits=o", ["--limits=on", "--limits=off"]),
        ("--limits off serve --plaintext n", ["never"]),
        ("--bell ", ["off", "mention", "all"]),
        ("export --session ", ["last", "all"]),
        ("export --session --pol", ["--polls"]),
        ("admin operator ", ["add", "remove"]),
        ("admin operator add ", []),
        ("admin --journal F au", ["audit"]),
        ("serve --max-text 5 --max-te", []),
        ("serve --operator A --op", ["--operator"]),
        ("serve -- --no", []),
        ("serve --port ", []),
        ("help journal v", ["vacuum"]),
        ("help serve ", []),
        ("help nothing ", []),
        ("completion ", ["bash", "zsh", "fish"]),
        ("Alice@localhost s", []),
        ("nothing --unknown s", []),
        ("send CS350 ", []),
    ],
)
def test_offers(typed: str, values: list[str]) -> None:
    """Fixed words of options and arguments are offered; nothing is where only the user knows the word."""
    assert values == _values(typed)


@each_case(
    ("typed", "kind"),
    [
        ("serve --journal cl", "file"),
        ("admin audit -j cl", "file"),
        ("journal copy cl", "file"),
        ("journal copy A cl", "file"),
        ("roster import cl", "file"),
        ("journal check --files cl", "dir"),
    ],
)
def test_paths(typed: str, kind: str) -> None:
    """Where a file or a directory may stand, the shell offers its own."""
    *words, begun = typed.split(" ")

    assert [(kind, "cl")] == [(item.type, item.value) for item in offered(words, begun)]


@pytest.mark.parametrize("typed", ["@", "send @", "forget @"])
def test_servers_of_the_settings(typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers in config.toml are offered; a file that is not valid is left to the client's error."""
    monkeypatch.setattr(arguments, "user_config_path", lambda *_, **__: tmp_path)
    (tmp_path / "config.toml").write_text('[servers.school]\nhost = "school.example"\n')
    known = _values(typed)
    (tmp_path / "config.toml").write_text("[servers")

    assert (["@school"], []) == (known, _values(typed))


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        ("classchat serve --plaintext = n", ["plain,never"]),
        ("classchat serve --plaintext = ", ["plain,any", "plain,local", "plain,never"]),
        ("classchat serve --journal = c", ["file,c"]),
        ("classchat journal copy 'a b' ''", ["file,"]),
    ],
)
def test_words_of_bash(
    words: str, offers: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shell bash hands over an equals sign as a word of its own."""
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(4))
    monkeypatch.setenv(COMPLETING, "bash_complete")
    cli.main([])

    assert offers == capsys.readouterr().out.split()


@pytest.mark.parametrize("asked", ["bash_complete", "bash_source", "tcsh_complete", "complete"])
def test_questions_that_no_script_asks(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that was not set by one of the scripts ends the command with exit code 1."""
    monkeypatch.delenv("COMP_WORDS", raising=False)
    monkeypatch.setenv(COMPLETING, asked)
    with pytest.raises(SystemExit) as caught:
        cli.main([])

    assert 1 == caught.value.code


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`classchat completion SHELL` prints a script that asks with the variable that `classchat` knows."""
    cli.main(["completion", shell])

    assert f"{COMPLETING}={shell}_complete" in capsys.readouterr().out


def test_other_shells() -> None:
    """Other shells are refused, and the error names the supported ones."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["completion", "tcsh"])

    assert "Expected one of bash, zsh, fish" in str(caught.value)
