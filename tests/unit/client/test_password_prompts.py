"""How the client asks for passwords, and reads them from a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classchat.client import password_prompts
from classchat.client.password_prompts import PasswordQuestions, read_password

SECRET = "correct horse"  # noqa: S105


class Answers:
    """A recorder of answers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def take(self, *answers: str) -> None:
        """Record the answers."""
        self.told.append(answers)

    def none(self) -> None:
        """Record that there were none."""
        self.told.append(())


@pytest.fixture
def answers() -> Answers:
    """Return a recorder without answers."""
    return Answers()


def answered(asking: PasswordQuestions, *texts: str) -> list[str]:
    """Give answers; return each prompt."""
    prompts = []
    for text in texts:
        prompts.append(asking.prompt)
        asking.answer(text)
    asking.end()
    return prompts


def test_password_of_a_name(answers: Answers) -> None:
    """Signing in asks once."""
    prompts = answered(password_prompts.of_name("Alice", answers.take, answers.none), SECRET)

    assert (["Password for Alice: "], [(SECRET,)]) == (prompts, answers.told)


def test_new_password(answers: Answers) -> None:
    """A new password is asked for twice."""
    prompts = answered(password_prompts.new(answers.take, answers.none), SECRET, SECRET)

    assert ["Your new password: ", "Your new password again: "] == prompts
    assert [(SECRET,)] == answers.told


def test_another_password(answers: Answers) -> None:
    """A change of password asks for the present one first."""
    prompts = answered(password_prompts.another(answers.take, answers.none), "old", SECRET, SECRET)

    assert ["Your password: ", "Your new password: ", "Your new password again: "] == prompts
    assert [("old", SECRET)] == answers.told


def test_two_that_differ(answers: Answers) -> None:
    """Two different new passwords start over with the first question."""
    asking = password_prompts.another(answers.take, answers.none)
    asking.answer("old")
    asking.answer(SECRET)
    with pytest.raises(ValueError, match="Passwords don't match: choose the new password again"):
        asking.answer("another")

    assert "Your new password: " == asking.prompt
    answered(asking, SECRET, SECRET)
    assert [("old", SECRET)] == answers.told


def test_no_answer(answers: Answers) -> None:
    """A question that is left half-way has no answer."""
    asking = password_prompts.new(answers.take, answers.none)
    asking.answer(SECRET)
    asking.end()

    assert [()] == answers.told


@pytest.mark.parametrize("text", ["a\x1bb", "a\x7fb", "\ud800"])
def test_control_characters(answers: Answers, text: str) -> None:
    """Text that would arrive changed is not a password, and is not shown in the refusal."""
    asking = password_prompts.of_name("Alice", answers.take, answers.none)
    with pytest.raises(ValueError, match=r"^A password can't contain control characters$"):
        asking.answer(text)

    assert "Password for Alice: " == asking.prompt


# A file.


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that only its owner can read."""
    path = tmp_path / "password"
    path.touch(mode=0o600)
    return path


@pytest.mark.parametrize("text", [SECRET, f"{SECRET}\n", f"{SECRET}\r\nmore\n"])
def test_first_line(file: Path, text: str) -> None:
    """The password is the first line, without its line break."""
    file.write_text(text)

    assert SECRET == read_password(file)


def test_blanks_are_part_of_it(file: Path) -> None:
    """Nothing else is stripped: it may be part of the password."""
    file.write_text("  corréct horse \n")

    assert "  corréct horse " == read_password(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_file_that_others_may_read(file: Path, mode: int) -> None:
    """A file that others can read is not used, as with ssh keys; the sentence says how to fix it."""
    file.write_text(SECRET)
    file.chmod(mode)
    with pytest.raises(ValueError, match="Others can read") as caught:
        read_password(file)

    assert f"Others can read the password in {file}: chmod 600 {file}" == str(caught.value)


def test_what_a_program_prints(file: Path) -> None:
    """A pipe has no permissions: a password may come from a password manager."""
    reading, writing = os.pipe()
    os.write(writing, f"{SECRET}\n".encode())
    os.close(writing)
    try:
        assert SECRET == read_password(Path(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"\nsecond\n", "The first line of"), (b"\xff\xfe", "it is not UTF-8")],
)
def test_file_without_one(file: Path, content: bytes, complaint: str) -> None:
    """An empty first line is reported."""
    file.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        read_password(file)


def test_no_file(tmp_path: Path) -> None:
    """A missing file is reported."""
    with pytest.raises(ValueError, match=r"Can't read the password in .*: No such file"):
        read_password(tmp_path / "nothing")
