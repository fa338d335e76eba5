"""`classchat config`: checks a file, and shows one with all options."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from classchat import cli, config
from classchat.configuration import Setting
from classchat.option_table import Option
from classchat.serve import ServeOptions

_EXAMPLE = Path(__file__).parents[2] / "docs" / "classchat.toml"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str, object]:
    """Return what a command prints, what it complains of, and its exit code."""
    code: object = 0
    try:
        cli.main(["config", *words])
    except SystemExit as ending:
        code = ending.code
    shown = capsys.readouterr()
    return shown.out, shown.err, code


def test_a_check_shows_what_holds_and_where_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output has each option with its value and its source, and is itself a valid file."""
    path = tmp_path / "chat.toml"
    path.write_text('max-text = 5\nkeep = "2w"\nproxy = ["10.0.0.0/8"]')
    monkeypatch.setenv("CLASSCHAT_NETWORK_NAME", "Übung")
    monkeypatch.setenv("CLASSCHAT_NO_TLS", "yes")
    out, err, code = run(capsys, "check", str(path))
    lines = {line.split(" ", 1)[0]: " ".join(line.split()) for line in out.splitlines()}

    assert ("", 0) == (err, code)
    assert [
        "max-text = 5 # chat.toml, line 1",
        'keep = "2w" # chat.toml, line 2',
        'proxy = ["10.0.0.0/8"] # chat.toml, line 3',
        'network-name = "Übung" # CLASSCHAT_NETWORK_NAME',
        "no-tls = true # CLASSCHAT_NO_TLS",
        "max-topic = 200 # default",
    ] == [lines[name] for name in ("max-text", "keep", "proxy", "network-name", "no-tls", "max-topic")]
    assert tomllib.loads(out)["keep"] == "2w"


def test_a_check_tells_all_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every mistake is one line on standard error, with exit code 1, and nothing is shown as if it held."""
    path = tmp_path / "chat.toml"
    path.write_text('max_text = 5\nno-web = 1\nno-tls = true\ncertificate = "x"')
    monkeypatch.setenv("CLASSCHAT_MAX_TOPIC", "x")
    monkeypatch.setenv("CLASSCHAT_TYPO", "x")
    monkeypatch.setenv("CLASSCHAT_KEP", "x")

    assert (
        "",
        "classchat: CLASSCHAT_KEP in the environment is not an option, and is ignored: "
        "did you mean CLASSCHAT_KEEP?\n"
        "classchat: CLASSCHAT_TYPO in the environment is not an option, and is ignored.\n"
        "classchat: chat.toml, line 1: There is no option 'max_text': did you mean max-text?\n"
        "classchat: chat.toml, line 2: no-web: expected true or false.\n"
        "classchat: CLASSCHAT_MAX_TOPIC: 'x' is not a whole number from 1 to 1000.\n",
        1,
    ) == run(capsys, "check", str(path))
    path.write_text('no-tls = true\ncertificate = "x"')
    monkeypatch.delenv("CLASSCHAT_MAX_TOPIC")
    monkeypatch.delenv("CLASSCHAT_KEP")
    assert run(capsys, "check", str(path))[1:] == (
        "classchat: CLASSCHAT_TYPO in the environment is not an option, and is ignored.\n"
        "classchat: --no-tls can't be used with --certificate.\n",
        1,
    )


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The password in a URL, which the server refuses, and the values of secret options are not printed."""
    token = Option("some-token", "A token", "TOKEN", secret=True)
    monkeypatch.setattr(ServeOptions, "options", (*ServeOptions.options, token))
    monkeypatch.setenv("CLASSCHAT_JOURNAL", "postgresql://chat:geheim@db/x?password=geheim")
    monkeypatch.setenv("CLASSCHAT_SOME_TOKEN", "geheim")
    out, err, _ = run(capsys, "check")
    *_, shown = config.shown_settings({"some-token": Setting("geheim", "chat.toml, line 1", "geheim")})

    assert "geheim" not in out + err + shown
    assert "# some-token is set # chat.toml, line 1" == " ".join(shown.split())


def test_the_example_in_the_documents_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/classchat.toml is what `classchat config example` prints."""
    out, _, _ = run(capsys, "example")

    assert _EXAMPLE.read_text(encoding="utf-8") == out


def test_every_line_of_the_example_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With all its options turned on, the example is valid, and has every option of the server."""
    path = tmp_path / "chat.toml"
    path.write_text(re.sub("^#([a-z])", r"\1", _EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    out, err, code = run(capsys, "check", str(path))

    assert ("", 0) == (err, code)
    assert {one.name for one in ServeOptions.options} - {"config"} == {*tomllib.loads(path.read_text())}
    assert "# default" not in out
