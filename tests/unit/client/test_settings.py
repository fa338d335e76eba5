"""The settings file: what it may contain, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat.client.arguments import READERS, ClientOptions
from classchat.client.settings import Settings, SettingsError, read_settings
from tests.tables import each_case

WHOLE = """
host = "chat.example.org"
port = 5556
name = "Alice"
bell = "all"
colors = false
time_format = "%H:%M:%S"

[servers.school]
host = "10.0.0.7"
name = "Alice.S"
"""


def settings_of(tmp_path: Path, text: str) -> Settings:
    """Read a file with this text."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, READERS)


def parsed(settings: Settings, *words: str) -> list[object]:
    """Return host, port, name and bell from a command line and a file."""
    options = ClientOptions(settings)
    options.parseOptions(list(words))
    return [options[key] for key in ("host", "port", "name", "bell")]


def test_no_file(tmp_path: Path) -> None:
    """Without a file nothing is set."""
    settings = read_settings(tmp_path / "config.toml", READERS)

    assert [None, None, None, "mention"] == parsed(settings)


def test_whole(tmp_path: Path) -> None:
    """A setting applies if the command line does not give the option."""
    settings = settings_of(tmp_path, WHOLE)

    assert ["chat.example.org", 5556, "Alice", "all"] == parsed(settings)
    assert ["127.0.0.1", 5555, "Bob", "off"] == parsed(settings, "--bell", "off", "Bob@127.0.0.1:5555")
    assert (False, "%H:%M:%S") == (settings.options["colors"], settings.options["time_format"])


def test_a_file_from_another_editor(tmp_path: Path) -> None:
    """A file may begin with a byte order mark; a file in UTF-16 is refused with the reason."""
    path = tmp_path / "config.toml"
    path.write_bytes(WHOLE.replace("\n", "\r\n").encode("utf-8-sig"))
    settings = read_settings(path, READERS)
    path.write_bytes(WHOLE.encode("utf-16"))

    assert "chat.example.org" == settings.options["host"]
    with pytest.raises(SettingsError, match=r"config.toml: it is not UTF-8. Save it as UTF-8$"):
        read_settings(path, READERS)


def test_named_server(tmp_path: Path) -> None:
    """`@school` is the server of that name, with its port or the usual one."""
    settings = settings_of(tmp_path, WHOLE)

    assert ["10.0.0.7", 5555, "Alice.S", "all"] == parsed(settings, "@school")
    with pytest.raises(SystemExit, match="Unknown server '@home'"):
        parsed(settings, "@home")


def test_encryption_of_a_named_server(tmp_path: Path) -> None:
    """A named server may have `tls` and a fingerprint; the command line comes first."""
    fingerprint = f"sha256:{'ab' * 32}"
    text = f'[servers.a]\nhost = "a"\ntls = true\nfingerprint = "{fingerprint}"\n'
    settings = settings_of(tmp_path, f'{text}[servers.b]\nhost = "b"\ntls = false\n')
    found = []
    for words in (["@a"], ["@b"], ["--tls", "@b"]):
        options = ClientOptions(settings)
        options.parseOptions(words)
        found.append((options["encrypted"], options["fingerprint"]))

    assert [(True, fingerprint), (False, None), (True, None)] == found
    with pytest.raises(SystemExit, match="A fingerprint needs TLS"):
        ClientOptions(settings).parseOptions(["--no-tls", "@a"])


@each_case(
    ("text", "told"),
    [
        (
            '\nhots = "x"\n',
            "line 2: unknown setting 'hots'; known settings: host, port, name, bell, password-file, colors",
        ),
        ("port = 70000", "line 1: '70000' is not a port: give a number from 1 to 65535"),
        ('host = "a"\nbell = "loud"', "line 2: 'loud' is not a choice for the bell: use off, mention or all"),
        ("name = [1]", "line 1: 'name' must be a text or a number"),
        ('colors = "no"', "line 1: 'no' is neither true nor false"),
        ('[servers.x]\nhost = "a"\n[servers.y]\nbell = "all"', "line 4: unknown setting 'bell'"),
        ('\n[servers]\nx = { host = "a", prot = 1 }', "line 3: unknown setting 'prot'"),
        ('servers.x.bell = "all"', "line 1: unknown setting 'bell'"),
        ('time_format = "%d"', "line 1: '%d' is not a time format: use %H:%M, %H:%M:%S, %I:%M %p"),
        ('"na\\u006de" = 1\n"n\\u0061m" = 1', "config.toml: unknown setting 'nam'"),
        ('[servers.x]\nhost = "a"\ntls = "maybe"', "line 3: 'maybe' is neither true nor false"),
        ('[servers.x]\nfingerprint = "12"', "line 2: '12' is not a fingerprint: give sha256: and the 64"),
        ("tls = true", "line 1: unknown setting 'tls'"),
        ("servers = 1", "line 1: write a table"),
        ("[servers]\nx = 1", "line 2: write a table"),
        ("host = ]", "at line 1"),
    ],
)
def test_wrong(tmp_path: Path, text: str, told: str) -> None:
    """A mistake is reported with its line."""
    with pytest.raises(SettingsError) as caught:
        settings_of(tmp_path, text)

    assert told in str(caught.value)


def test_file_that_can_not_be_read(tmp_path: Path) -> None:
    """A file that can't be read is reported: else its settings would silently not apply."""
    (tmp_path / "config.toml").write_bytes(b'name = "Zo\xeb"')

    with pytest.raises(SettingsError, match=r"Can't read .*config\.toml"):
        read_settings(tmp_path / "config.toml", READERS)
