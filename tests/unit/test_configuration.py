"""Where the server's options come from: the command line, the environment, a file and the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from classchat.configuration import Configuration, given
from classchat.option_table import Misuse
from classchat.options import SERVER_OPTIONS
from classchat.serve import ServeOptions
from classchat.twistd_options import Options
from tests.tables import each_case

NOTHING: Mapping[str, str] = {}


def file(tmp_path: Path, text: str) -> dict[str, str]:
    """Return what names a file with this text on the command line."""
    path = tmp_path / "chat.toml"
    path.write_text(text, encoding="utf-8")
    return {"config": str(path)}


def problem(tmp_path: Path, text: str, environment: Mapping[str, str] = NOTHING) -> str:
    """Return the sentence about a file."""
    with pytest.raises(Misuse) as caught:
        Configuration(SERVER_OPTIONS, file(tmp_path, text), environment).values()
    return str(caught.value)


def test_the_command_line_comes_before_the_environment_before_the_file(tmp_path: Path) -> None:
    """Each option has the value of the first place that names it, and its source says which that is."""
    named = file(tmp_path, "max-text = 1\nmax-topic = 2\nmax-rooms = 3")
    environment = {"CLASSCHAT_MAX_TEXT": "11", "CLASSCHAT_MAX_TOPIC": "12"}
    settings, _ = Configuration(SERVER_OPTIONS, {**named, "max-text": 21}, environment).look()

    assert [
        (21, "command line"),
        (12, "CLASSCHAT_MAX_TOPIC"),
        (3, "chat.toml, line 3"),
        (32, "default"),
    ] == [settings[name][:2] for name in ("max-text", "max-topic", "max-rooms", "max-devices")]


def test_a_file_has_values_of_all_kinds(tmp_path: Path) -> None:
    """Numbers, texts, true and false, and lists of texts are read as on the command line."""
    text = """\
        port = 5556
        message-rate = 0.5
        "keep" = "2w"
        no-web = true
        listen = ["tcp:1", "tcp6:2"]
        proxy-protocol = ["10.0.0.5,10.0.0.6"]
    """
    values = Configuration(SERVER_OPTIONS, file(tmp_path, text), NOTHING).values()

    assert (5556, 0.5, 1_209_600.0, True, ["tcp:1", "tcp6:2"]) == tuple(
        values[name] for name in ("port", "message-rate", "keep", "no-web", "listen")
    )
    assert ["10.0.0.5/32", "10.0.0.6/32"] == [str(one) for one in values["proxy-protocol"][0]]


def test_the_environment_has_texts_lists_and_flags() -> None:
    """A list has spaces in between, a flag is true or false; the environment may name the file as well."""
    environment = {"CLASSCHAT_LISTEN": "tcp:1 tcp6:2", "CLASSCHAT_NO_WEB": "1", "CLASSCHAT_NO_IRC": "Off"}
    values = Configuration(SERVER_OPTIONS, {}, environment).values()
    named = Configuration(SERVER_OPTIONS, {}, {"CLASSCHAT_CONFIG": "/chat.toml"})

    assert (["tcp:1", "tcp6:2"], True, False) == (values["listen"], values["no-web"], values["no-irc"])
    assert "/chat.toml" == named.file


def test_variables_that_mean_nothing_here_are_found() -> None:
    """A variable that begins as ours and names no option stops nothing, and can be shown."""
    environment = {"CLASSCHAT_MAX_TXT": "1", "CLASSCHAT_PORT": "1", "HOME": "/", "CLASSCHAT_CONFIG": ""}
    unknown = Configuration(SERVER_OPTIONS, {}, {**environment, "CLASSCHAT_QZ": ""}).unknown_variables()

    assert {"CLASSCHAT_MAX_TXT": "CLASSCHAT_MAX_TEXT", "CLASSCHAT_QZ": ""} == unknown


@each_case(
    ("text", "sentence"),
    [
        ("\nmax_text = 1", "chat.toml, line 2: There is no option 'max_text': did you mean max-text?"),
        (
            "zzz = 1",
            "chat.toml, line 1: There is no option 'zzz': 'classchat config example' shows all options",
        ),
        ("config = 'x'", "chat.toml, line 1: There is no option 'config'"),
        ('max-text = "5"', "chat.toml, line 1: max-text: expected a number, without quotation marks"),
        ("max-text = true", "chat.toml, line 1: max-text: expected a number"),
        ("max-text = 0", "chat.toml, line 1: max-text: '0' is not a whole number from 1 to 16000"),
        ("max-text = 2.5", "'2.5' is not a whole number from 1 to 16000"),
        ("message-rate = inf", "message-rate: 'inf' is not a number from 0.1 to 10000"),
        ("names = 1", 'names: expected a text in quotation marks, such as names = "…"'),
        ('names = "closed"', "names: 'closed' is not one of these: open or claimed"),
        ('listen = "tcp:1"', 'listen: expected a list of texts, such as listen = ["…", "…"]'),
        ("listen = [1]", "listen: expected a list of texts"),
        ('no-web = "yes"', "no-web: expected true or false"),
        (
            "[server]\nport = 1",
            "line 1: There are no tables in this file: remove [server], and keep what is in it",
        ),
        (
            "port = 1\n[limits]\nmax-rooms = 3",
            "line 2: There are no tables in this file: remove [limits], and keep what is in it",
        ),
        ("port = ", "chat.toml' is not valid TOML: Invalid value (at end of document)"),
        ("port = 1\nport = 2", "is not valid TOML: Cannot overwrite a value"),
        ("port = " + "[" * 5_000, "is not valid TOML"),
        ("# " + "x" * 1_048_576, "is not valid TOML: it is larger than 1 MiB"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    """Keys that do not exist, other types, wrong values and broken files are told in one sentence."""
    assert sentence in problem(tmp_path, text)


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    """The variable is named as it was set."""
    told = [
        problem(tmp_path, "", {"CLASSCHAT_MAX_TEXT": "many"}),
        problem(tmp_path, "", {"CLASSCHAT_NO_WEB": "maybe"}),
    ]

    assert [
        "CLASSCHAT_MAX_TEXT: 'many' is not a whole number from 1 to 16000",
        "CLASSCHAT_NO_WEB: 'maybe' is neither true nor false",
    ] == told


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A file that is missing, or is not UTF-8, is named."""
    (tmp_path / "latin").write_bytes(b"network-name = '\xfc'")
    told = []
    for name in ("missing", "latin"):
        with pytest.raises(Misuse) as caught:
            Configuration(SERVER_OPTIONS, {"config": str(tmp_path / name)}, NOTHING).values()
        told.append(str(caught.value).replace(f"{tmp_path}/", ""))

    assert [
        "The configuration file 'missing' can't be read: No such file or directory",
        "'latin' is not valid TOML: it is not UTF-8 (at byte 16)",
    ] == told


def test_a_file_is_read_again(tmp_path: Path) -> None:
    """What has changed in the file since the start is found; the command line still wins."""
    named = file(tmp_path, "max-text = 1\nmax-topic = 1")
    configuration = Configuration(SERVER_OPTIONS, {**named, "max-text": 5}, NOTHING)
    configuration.values()
    file(tmp_path, "max-text = 2\nmax-topic = 2")
    values = configuration.values()

    assert (5, 2) == (values["max-text"], values["max-topic"])


def test_zero_counts_as_given() -> None:
    """A 0 on the command line is a value; an option that was left out has none."""
    values = {"port": 0, "host": None, "no-web": False, "no-irc": True, "listen": ()}

    assert {"port": 0, "no-irc": True} == given(SERVER_OPTIONS, values)


def test_both_commands_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`classchat serve` and `twistd classchat` take the same file; their command lines win."""
    path = file(tmp_path, 'host = "::1"\nport = 1\nmax-text = 3\nno-irc = true')["config"]
    monkeypatch.setenv("CLASSCHAT_MAX_TEXT", "4")
    serve, twistd = ServeOptions(), Options()
    serve.parseOptions(["--config", path, "127.0.0.1", "0"])
    twistd.parseOptions(["--config", path, "--host", "127.0.0.1", "--port=0"])

    names = ("host", "port", "max-text", "no-irc", "listen", "max-topic")
    assert ("127.0.0.1", 0, 4, True, [], 200) == tuple(serve[name] for name in names)
    assert [serve[name] for name in names] == [twistd[name] for name in names]


def test_contradictions_between_the_places_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option of the file that contradicts one of the command line is a mistake, with exit code 2."""
    path = file(tmp_path, 'proxy = ["127.0.0.1"]')["config"]
    for options in (ServeOptions(), Options()):
        with pytest.raises(SystemExit) as caught:
            options.parseOptions(["--config", path, "--no-web"])
        assert 2 == caught.value.code

    assert 2 == capsys.readouterr().err.count("--no-web can't be used with --proxy")
