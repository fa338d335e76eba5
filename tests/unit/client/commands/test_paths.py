"""Paths after `/send`, and the files that `/get` finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat.client.commands.parsing import parse
from classchat.client.commands.paths import escaped, unescaped
from classchat.client.commands.typed import CommandError, GetFile, SendFile
from classchat.client.display.received_files import ReceivedFiles
from classchat.client.screen.path_completion import paths
from classchat.messages import FileView
from tests.tables import each_case


@each_case(
    ("line", "sent"),
    [
        ("/send notes.pdf", SendFile("notes.pdf")),
        ("/send notes.pdf CS350", SendFile("notes.pdf", "CS350")),
        ('/send "my notes.pdf" @Bob', SendFile("my notes.pdf", "@Bob")),
        ("/send 'my notes.pdf'", SendFile("my notes.pdf")),
        (r"/send my\ notes.pdf CS350", SendFile("my notes.pdf", "CS350")),
        ("/get", GetFile()),
        ("/get 3", GetFile("3")),
        ("/get my notes.pdf", GetFile("my notes.pdf")),
    ],
)
def test_what_is_sent(line: str, sent: SendFile | GetFile) -> None:
    """A path may stand in quotation marks, or have a backslash before each blank."""
    assert sent == parse(line)


@pytest.mark.parametrize("line", ["/send", "/send a b c", "/send "])
def test_a_mistake(line: str) -> None:
    """A missing path, or more than a receiver after it, is refused with the usage."""
    with pytest.raises(CommandError, match="/send <file>"):
        parse(line)


def test_a_path_as_it_is(tmp_path: Path) -> None:
    """The path of a file that exists needs no quotation marks."""
    path = tmp_path / "my notes.pdf"
    path.write_text("")

    assert SendFile(str(path)) == parse(f"/send {path}")


def test_completion(tmp_path: Path) -> None:
    """Tab offers files and directories, with blanks escaped; hidden ones only after a dot."""
    (tmp_path / "my notes.pdf").write_text("")
    (tmp_path / "My stuff").mkdir()
    (tmp_path / ".secret").write_text("")
    (tmp_path / "odd\n").write_text("")
    start = escaped(f"{tmp_path}/")

    assert [rf"{start}my\ notes.pdf", rf"{start}My\ stuff/"] == list(paths(f"{start}my"))
    assert [f"{start}.secret"] == list(paths(f"{start}."))
    assert [] == list(paths(f"{start}nothing/at/all"))
    assert unescaped(escaped("a 'b' \\c")) == "a 'b' \\c"


def view(name: str, token: str) -> FileView:
    """Return a shared file."""
    return FileView(name, 48_213, "0" * 64, "text/plain", f"f/{token}/x")


def test_files_are_found_by_number_and_name() -> None:
    """Each file has a number that stays; a name means the newest file that has it, or begins so."""
    files = ReceivedFiles()
    first, second, third = view("a.txt", "1"), view("b.txt", "2"), view("a.txt", "3")
    texts = [files.text_of(each) for each in (first, second, third, first)]

    assert ["a.txt (48.2 kB) · /get 1", "b.txt (48.2 kB) · /get 2", "a.txt (48.2 kB) · /get 3"] == texts[:3]
    assert texts[0] == texts[3]
    assert [third, second, third, second] == [files.find(which) for which in ("", "2", "A.TXT", "b")]
    assert (None, ["a.txt", "b.txt"]) == (files.find("9"), files.names())


def test_a_hostile_name_is_shown_harmless() -> None:
    """What a server says of a name can neither move the cursor nor lead out of the directory."""
    assert "_[31mx (48.2 kB) · /get 1" == ReceivedFiles().text_of(view("../\x1b[31mx", "1"))
