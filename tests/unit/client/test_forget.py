"""`classchat forget`: which certificate is removed, and what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat import cli
from classchat.client import forget
from classchat.client.settings import Settings

ONE = f"sha256:{'ab' * 32}"


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Save some servers."""
    path = tmp_path / "known_hosts"
    path.write_text(f"chat.example.org:5555 {ONE}\n[::1]:7 {ONE}\n[fe80::1%eth0]:5555 {ONE}\n")
    monkeypatch.setattr(forget, "known_hosts_file", lambda: path)
    return path


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("chat.example.org", "chat.example.org:5555"),
        ("Chat.Example.ORG:5555", "chat.example.org:5555"),
        (f"Alice@chat.example.org#{ONE}", "chat.example.org:5555"),
        ("[::1]:7", "[::1]:7"),
        ("fe80::1%eth0", "[fe80::1%eth0]:5555"),
    ],
)
def test_a_server_is_forgotten(
    known: Path, capsys: pytest.CaptureFixture[str], address: str, place: str
) -> None:
    """A server is named as in the client, and no other is removed."""
    cli.main(["forget", address])

    assert f"Forgot the certificate of {place}.\n" == capsys.readouterr().out
    assert (2, False) == (len(known.read_text().splitlines()), place in known.read_text())


def test_a_server_of_the_settings(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """@SERVER is a server of config.toml."""
    settings = Settings({}, {"school": {"host": "Chat.example.org"}})
    monkeypatch.setattr(forget, "own_settings", lambda: settings)
    cli.main(["forget", "@school"])

    assert "chat.example.org" not in known.read_text()


def test_a_server_that_is_not_known(known: Path) -> None:
    """An unknown server is reported together with the saved ones; nothing changes, and the exit code is 1."""
    before = known.read_text()
    with pytest.raises(SystemExit) as caught:
        cli.main(["forget", "chat.example.org:1"])

    assert "classchat: No certificate of chat.example.org:1 is saved. Saved certificates: " in str(
        caught.value
    )
    assert (1, before) == (caught.value.code, known.read_text())


@pytest.mark.parametrize("words", [[], ["a", "b"], [""], ["a:b"], ["@nowhere"]])
@pytest.mark.usefixtures("known")
def test_no_address(words: list[str]) -> None:
    """A mistake has exit code 2."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["forget", *words])

    assert 2 == caught.value.code
