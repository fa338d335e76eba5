"""Which certificates are trusted, and what is saved about them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from classchat.client.link.trust import KnownHosts, Trust, Untrusted

ONE, OTHER = f"sha256:{'1' * 64}", f"sha256:{'f' * 64}"
PLACE = "chat.example.org:5555"


class Visitor:
    """A user who connects to a server, with a file of known servers."""

    def __init__(self, path: Path, expected: str | None = None, place: str = PLACE) -> None:
        self.path = path / "classchat" / "known_hosts"
        self.told: list[str] = []
        self._trust = Trust(place, KnownHosts(self.path), self.told.append, expected)

    def comes(self, shown: str = ONE, vouched: bool = False) -> str:
        """Check a certificate; return why it is not trusted, if it is not."""
        try:
            self._trust.check(shown, vouched)
        except Untrusted as error:
            return str(error)
        return ""

    def knows(self, *lines: str) -> None:
        """Write this file."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("".join(f"{line}\n" for line in lines))

    @property
    def file(self) -> list[str]:
        """The content of the file."""
        return self.path.read_text().splitlines()


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Start without known servers."""
    return Visitor(tmp_path)


def test_first_use(visitor: Visitor) -> None:
    """A server is trusted and saved the first time, and its fingerprint is shown."""
    reason = visitor.comes()

    assert ("", [f"{PLACE} {ONE}"]) == (reason, visitor.file)
    assert [f"First connection to {PLACE}: its certificate is {ONE}"] == visitor.told


def test_nobody_else_may_read_or_write_it(visitor: Visitor) -> None:
    """Only the user can read the file."""
    visitor.comes()

    assert 0o600 == stat.S_IMODE(visitor.path.stat().st_mode)


def test_known(visitor: Visitor) -> None:
    """A known server is trusted silently."""
    visitor.knows(f"{PLACE} {ONE}")

    assert ("", []) == (visitor.comes(), visitor.told)


def test_changed(visitor: Visitor) -> None:
    """Another certificate is refused; the sentence has both, and says what to do."""
    visitor.knows("other:1 system", f"{PLACE} {ONE}")
    before = visitor.file

    assert (
        f"The server at {PLACE} has another certificate, or someone intercepts the connection: it was"
        f" {ONE}, and is {OTHER}. Ask the server's operator. If the change is right, run"
        f" 'classchat forget {PLACE}', and connect again"
    ) == visitor.comes(OTHER)
    assert before == visitor.file


def test_vouched_for(visitor: Visitor) -> None:
    """A server that the system vouches for is trusted silently, even with a new certificate."""
    assert ["", ""] == [visitor.comes(shown, vouched=True) for shown in (ONE, OTHER)]
    assert ([f"{PLACE} system"], []) == (visitor.file, visitor.told)


def test_vouched_for_no_more(visitor: Visitor) -> None:
    """A server that the system once vouched for is refused with an unknown certificate."""
    visitor.comes(vouched=True)

    assert "it was one that this system trusts, and is" in visitor.comes(OTHER)


def test_vouched_for_since(visitor: Visitor) -> None:
    """A known server that the system vouches for now is trusted, and only so from then on."""
    visitor.comes()
    reasons = visitor.comes(OTHER, vouched=True), visitor.comes()

    assert ("", True) == (reasons[0], "system trusts" in reasons[1])
    assert [f"{PLACE} system"] == visitor.file


def test_expected(tmp_path: Path) -> None:
    """If the address has a fingerprint only that counts, and nothing is saved."""
    visitor = Visitor(tmp_path, expected=ONE)
    right, wrong = visitor.comes(), visitor.comes(OTHER, vouched=True)

    assert (
        f"The server at {PLACE} is not the right one, or someone intercepts the connection: the address says"
        f" {ONE}, and its certificate is {OTHER}. Ask the server's operator."
    ) == wrong
    assert ("", [], False) == (right, visitor.told, visitor.path.exists())


def test_places_are_told_apart(tmp_path: Path) -> None:
    """Each port of a host is a server of its own; the spelling of the host does not matter."""
    first, port = Visitor(tmp_path), Visitor(tmp_path, place="chat.example.org:5556")
    spelled = Visitor(tmp_path, place="Chat.Example.ORG:5555")

    assert ["", "", True] == [first.comes(), port.comes(OTHER), "another" in spelled.comes(OTHER)]


def test_lines_that_make_no_sense(visitor: Visitor) -> None:
    """Invalid lines are reported, and stay in the file."""
    lines = ["# my servers", "", "nonsense", f"other:1 {ONE}", "other:2 sha256:12"]
    visitor.knows(*lines)
    visitor.comes()

    assert [*lines, f"{PLACE} {ONE}"] == visitor.file
    assert [
        f"{visitor.path}, line 3 is not valid, and is skipped",
        f"{visitor.path}, line 5 is not valid, and is skipped",
    ] == visitor.told[:2]


def test_a_line_about_this_server_that_makes_no_sense(visitor: Visitor) -> None:
    """If the line about a server can't be read, the server is not trusted."""
    visitor.knows("other:1 system", f"{PLACE} sha256:12")

    assert (
        f"The certificate saved for {PLACE} can't be read: correct line 2 of {visitor.path}, or run"
        f" 'classchat forget {PLACE}'" == (visitor.comes())
    )


def test_bytes_that_are_no_text(visitor: Visitor) -> None:
    """Other content of the file stays; a missing newline is added."""
    visitor.knows()
    visitor.path.write_bytes(b"caf\xe9 \xff\r\nend")
    visitor.comes()

    assert b"caf\xe9 \xff\r\nend\n" + f"{PLACE} {ONE}\n".encode() == visitor.path.read_bytes()


def test_a_file_that_can_not_be_read(visitor: Visitor) -> None:
    """If the file can't be read, no server is trusted."""
    visitor.path.mkdir(parents=True)

    assert f"Can't read the known servers in {visitor.path}: Is a directory" == visitor.comes()


def test_a_file_that_can_not_be_written(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that can't be saved is trusted for now, and that is reported."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)

    assert ["", ""] == [visitor.comes(), visitor.comes()]
    assert [
        f"First connection to {PLACE}: its certificate is {ONE}",
        f"The certificate can't be saved in {visitor.path}: Read-only file system",
    ] == visitor.told
    assert visitor.comes(OTHER).endswith(
        f"it was {ONE}, and is {OTHER}. Ask the server's operator. If the change is right, connect again"
    )


def test_a_file_that_is_a_link(visitor: Visitor, tmp_path: Path) -> None:
    """If the file is a symbolic link, its target is written."""
    real = tmp_path / "elsewhere"
    real.write_text("# mine\n")
    visitor.path.parent.mkdir()
    visitor.path.symlink_to(real)
    visitor.comes()

    assert (True, f"# mine\n{PLACE} {ONE}\n") == (visitor.path.is_symlink(), real.read_text())


def test_what_a_killed_client_left(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary file that was left over does no harm."""
    monkeypatch.setattr("os.getpid", lambda: 7)
    visitor.knows()
    beside = visitor.path.with_name("known_hosts.7.new")
    beside.write_text("half")

    assert ("", False) == (visitor.comes(), beside.exists())


def test_a_server_is_forgotten(visitor: Visitor) -> None:
    """All lines of one server are removed; those of others, and comments, stay."""
    known = KnownHosts(visitor.path)
    nothing = known.forget(PLACE), known.places()
    visitor.path.parent.mkdir(parents=True)
    visitor.path.write_bytes(f"\ufeff{PLACE} {ONE}\n# mine\nother:1 {ONE}\n{PLACE} nonsense\n".encode())

    assert (False, []) == nothing
    assert ([PLACE, "other:1"], True, False) == (
        sorted(known.places()),
        known.forget(PLACE),
        known.forget(PLACE),
    )
    assert f"# mine\nother:1 {ONE}\n" == visitor.path.read_text()
