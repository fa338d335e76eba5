"""Passwords of the journal's database: as libpq finds them, and never on a command line or in a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat import cli
from tests.postgres import Cluster

SECRET = "pass word'\\:%"  # noqa: S105  (of a test)

Ask = Callable[[str], str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run a database in which `chat` needs a password, with an empty journal."""
    with closing(Cluster("fsync=off")) as cluster:
        from classchat.journal.postgres.postgres_store import PostgresStore

        PostgresStore(cluster.url(), 0).close()
        quoted = SECRET.replace("'", "''")
        cluster.execute(f"ALTER ROLE chat PASSWORD '{quoted}'")
        cluster.ask_for_passwords()
        yield cluster


@pytest.fixture
def ask(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return a function that checks the journal at a URL, and returns the output, or the error."""

    def ask(url: str) -> str:
        try:
            cli.main(["journal", "check", "--journal", url])
        except SystemExit as end:
            return str(end.code) + capsys.readouterr().err
        return capsys.readouterr().out

    return ask


def test_without_a_password(cluster: Cluster, ask: Ask) -> None:
    """The sentence says what is missing."""
    assert "no password supplied" in ask(cluster.url())


def test_in_the_environment(cluster: Cluster, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGPASSWORD is taken, and is not in the sentence that a wrong one gets."""
    monkeypatch.setenv("PGPASSWORD", "wrong secret")
    wrong = ask(cluster.url())
    monkeypatch.setenv("PGPASSWORD", SECRET)

    assert "is in order" in ask(cluster.url())
    assert "password authentication failed" in wrong
    assert "wrong secret" not in wrong


def test_in_a_file(cluster: Cluster, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGPASSFILE is read."""
    file = tmp_path / "pgpass"
    escaped = SECRET.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:*:*:chat:{escaped}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))

    assert "is in order" in ask(cluster.url())


def test_in_a_service_file(
    cluster: Cluster, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service file may have everything, and the URL only its name."""
    file = tmp_path / "services"
    file.write_text(f"[classchat]\nhost={cluster.host}\nuser=chat\ndbname=postgres\npassword={SECRET}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))

    assert "is in order" in ask("postgresql://?service=classchat")


def test_in_the_url(cluster: Cluster, ask: Ask) -> None:
    """It is refused there, without being shown."""
    refused = ask("postgresql://chat:hunter2@/postgres")

    assert "must not have a password" in refused
    assert "hunter2" not in refused
