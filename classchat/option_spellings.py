"""Options as they are spelled on command lines, which are checked more strictly than click does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from classchat.option_table import Misuse, Option, shown

SHORT_HELP = "-h"
"""Also the short form of `--host`: it means help if no host follows."""


class Spellings:
    """The options by spelling; checks command lines more strictly than click does."""

    def __init__(self, options: Iterable[Option]) -> None:
        self._options = {spelling: option for option in options for spelling in option.spellings}
        self._known = {*self._options, "--help", "--version", "-V"}

    def split(self, word: str) -> tuple[str, str, str]:
        """Split an option into its name, completed if unambiguous, the equals sign and the value."""
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name.startswith("--") and name not in self._known:
            begun = [known for known in self._known if known.startswith(name)]
            name = begun[0] if len(begun) == 1 else name
        return name, equals, value

    def width(self, word: str) -> int:
        """Return how many words an option takes, with its value; 0 for an unknown option."""
        name, equals, _ = self.split(word)
        option = self._options.get(name)
        if option is None:
            return int(name in self._known or word[:2] in self._options or word == SHORT_HELP)
        return 2 if option.value and not equals else 1

    def checked(self, words: Sequence[str]) -> list[str]:
        """Return the words with all option names completed.

        Raises:
            Misuse: an option has no value, or two.
        """
        words, given, checked = list(words), dict[str, str](), list[str]()
        while words:
            word = words.pop(0)
            if word == "--":
                return [*checked, word, *words]
            if word == SHORT_HELP and SHORT_HELP in self._known and (not words or words[0].startswith("-")):
                return ["--help"]
            name, equals, value = self.split(word)
            checked.append(f"{name}{equals}{value}")
            option = self._options.get(name)
            if equals and name in self._known and not (option and option.value):
                raise Misuse(f"{name} takes no value")
            if option is None:
                continue
            if option.value and not equals:
                if words and words[0] not in self._known and not words[0].startswith("--"):
                    value = words.pop(0)
                elif option.alone:
                    value = option.alone
                else:
                    raise Misuse(f"{option.long} needs a value: {option.long} {option.value}")
                checked.append(value)
            if not option.repeatable and given.setdefault(option.name, value) != value:
                raise Misuse(
                    f"{option.long} is given twice, with '{shown(given[option.name])}' and '{shown(value)}'"
                )
        return checked
