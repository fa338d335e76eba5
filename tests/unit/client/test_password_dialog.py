"""A dialog for passwords, at a surface that records what it is told."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from classchat.client.password_dialog import PasswordDialog
from classchat.client.password_prompts import PasswordQuestions, new


class Surface:
    """A surface that records its calls."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def show(self, text: str) -> None:
        """Record a text."""
        self.told.append(text)

    def prompt(self, text: str) -> None:
        """Record a prompt."""
        self.told.append(f"prompt {text}".rstrip())

    def progress(self, text: str) -> None:
        """Do nothing: no file is under way."""

    def hide(self, whether: bool) -> None:
        """Record whether typing is hidden."""
        self.told.append("hide" if whether else "unhide")

    def forget(self) -> None:
        """Record it."""
        self.told.append("forget")

    def pause(self) -> None:
        """Record it."""
        self.told.append("pause")

    def resume(self) -> None:
        """Record it."""
        self.told.append("resume")

    def throttle(self, producer: object) -> None:
        """Do nothing."""

    def unthrottle(self) -> None:
        """Do nothing."""

    def close(self) -> Deferred[None]:
        """Close at once."""
        return succeed(None)


class Dialog:
    """A dialog, with what came of it."""

    def __init__(self) -> None:
        self.surface = Surface()
        self.dialog = PasswordDialog(self.surface, lambda reason: self.surface.show(f"! {reason}"))
        self.ended: list[str | None] = []
        self.questions: PasswordQuestions = new(self.ended.append, lambda: self.ended.append(None))

    def asks(self) -> None:
        """Ask for a new password."""
        self.dialog.ask(self.questions)
        self.surface.told.clear()


def test_asking() -> None:
    """While the dialog asks, typing is hidden and lines are taken."""
    one = Dialog()
    one.dialog.ask(one.questions)

    assert ["hide", "prompt Your new password:", "resume"] == one.surface.told
    assert (True, False, "Your new password: ") == (
        one.dialog.is_asking,
        one.dialog.is_open,
        one.dialog.prompt,
    )


def test_answers() -> None:
    """The dialog is complete after the last answer, and hands the answers over at the end."""
    one = Dialog()
    one.asks()
    complete = [one.dialog.take("secret"), one.dialog.take("secret")]
    one.dialog.end()

    assert ([False, True], ["secret"]) == (complete, one.ended)
    assert ["prompt Your new password again:", "prompt"] == one.surface.told
    assert one.dialog.is_open


def test_no_answer() -> None:
    """An empty line ends the dialog without an answer."""
    one = Dialog()
    one.asks()
    complete = one.dialog.take("")
    one.dialog.end()

    assert (True, [None]) == (complete, one.ended)


def test_a_wrong_answer() -> None:
    """A wrong answer drops what was pasted with it, gives the reason, and asks again."""
    one = Dialog()
    one.asks()

    assert not one.dialog.take("two\nlines")
    assert [
        "forget",
        "prompt",
        "! A password is a single line: nothing of what you pasted was used",
        "prompt Your new password:",
    ] == one.surface.told


def test_sealing() -> None:
    """A sealed dialog takes nothing until it is unsealed, with the next prompt."""
    one = Dialog()
    one.dialog.seal()
    sealed = (one.dialog.is_sealed, one.dialog.is_open)
    one.dialog.unseal("You: ")

    assert (True, False) == sealed
    assert ["pause", "unhide", "prompt You:"] == one.surface.told
    assert one.dialog.is_open
