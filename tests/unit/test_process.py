"""What the server needs of its process."""

from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest

from classchat.process import collect_less_garbage, raise_open_files


class FakeResource(ModuleType):
    """A process's limit of open files: soft and hard, and whether the hard one may be raised."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int, hard: int, root: bool) -> None:
        super().__init__("resource")
        self.now = (soft, hard)
        self.root = root

    def getrlimit(self, _which: int) -> tuple[int, int]:
        """Return both limits."""
        return self.now

    def setrlimit(self, _which: int, wanted: tuple[int, int]) -> None:
        """Set both limits, as far as that is allowed."""
        hard = self.now[1]
        if hard not in (self.RLIM_INFINITY, wanted[1]) and wanted[1] > hard and not self.root:
            raise ValueError("not allowed to raise maximum limit")
        self.now = wanted


@pytest.mark.parametrize(
    ("soft", "hard", "root", "files"),
    [
        (1024, 20_000, False, 20_000),
        (1024, 4096, False, 4096),
        (1024, 4096, True, 16_384),
        (1024, -1, False, 1_048_576),
        (20_000, 20_000, True, 20_000),
    ],
)
def test_as_many_files_as_one_may_open(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, root: bool, files: int
) -> None:
    """The limit is raised as far as the system lets us, which for root is further."""
    resource = FakeResource(soft, hard, root)
    monkeypatch.setitem(sys.modules, "resource", resource)

    assert (files, files) == (raise_open_files(), resource.now[0])


def test_where_there_is_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows files are not counted."""
    monkeypatch.setitem(sys.modules, "resource", None)

    assert sys.maxsize == raise_open_files()


def test_less_garbage_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded is not looked at again, and the rest less often than the interpreter would."""
    done: list[object] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    monkeypatch.setattr(gc, "set_threshold", lambda *numbers: done.append(numbers[0]))
    collect_less_garbage()

    assert ["frozen", 10_000] == done
