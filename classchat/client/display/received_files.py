"""The files of the messages that were shown, each with a number for `/get`."""

from __future__ import annotations

from collections import OrderedDict

from classchat.client.display.stranger import shown_name
from classchat.file_names import clean_name, size_in_words
from classchat.messages import FileView

_MOST = 1_000

_LONGEST_NAME = 80
"""Characters of a name that are shown."""


class ReceivedFiles:
    """The files by their numbers, which rise from 1. The oldest ones are forgotten."""

    def __init__(self) -> None:
        self._files: OrderedDict[int, FileView] = OrderedDict()
        self._numbers: dict[str, int] = {}
        self._last = 0

    def text_of(self, view: FileView) -> str:
        """Return what is shown of a message with a file; it is added, unless it is known."""
        name = shown_name(clean_name(view.name), _LONGEST_NAME)
        return f"{name} ({size_in_words(view.size)}) · /get {self._number(view)}"

    def _number(self, view: FileView) -> int:
        number = self._numbers.get(view.link)
        if number is None:
            self._last += 1
            number = self._numbers[view.link] = self._last
            self._files[number] = view
            if len(self._files) > _MOST:
                _, oldest = self._files.popitem(last=False)
                del self._numbers[oldest.link]
        return number

    def find(self, which: str) -> FileView | None:
        """Return the file of a number, or the newest one of a name; by default the last one."""
        if not which:
            return next(reversed(self._files.values()), None)
        number = which.removeprefix("#")
        if number.isascii() and number.isdigit() and int(number) in self._files:
            return self._files[int(number)]
        wanted = which.casefold()
        newest = [*reversed(self._files.values())]
        exact = (view for view in newest if clean_name(view.name).casefold() == wanted)
        begins = (view for view in newest if clean_name(view.name).casefold().startswith(wanted))
        return next(exact, None) or next(begins, None)

    def names(self) -> list[str]:
        """Return the names of all files, the newest first."""
        return list(dict.fromkeys(clean_name(view.name) for view in reversed(self._files.values())))
