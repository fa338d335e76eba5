"""What has happened on this server since it started, in numbers: for `classchat status` and for monitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from classchat.core.entries import Said, Whispered
from classchat.core.notices import Connected, Disconnected, Notice, Observe, Registered


class Tally:
    """Counts all notices on their way to the operator's log. Numbers only rise."""

    def __init__(self, observe: Observe) -> None:
        """Hand all notices on to `observe`."""
        self._observe = observe
        self._happened: dict[type[Notice], int] = {}
        self.disconnections: Counter[str] = Counter()
        """The users whom the server has disconnected, by the code of the reason."""

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Count some notices: those of a batch, or of something else that has happened at one moment."""
        kinds = [*map(type, notices)]  # all loops are in C: there is a notice for each message
        if kinds:
            first, happened = kinds[0], self._happened
            if kinds.count(first) == len(kinds):  # almost always, and cheaper than a Counter's `update`
                happened[first] = happened.get(first, 0) + len(kinds)
            else:
                for kind in set(kinds):
                    happened[kind] = happened.get(kind, 0) + kinds.count(kind)
            if first is Disconnected or Disconnected in kinds:
                self._count_codes(notices)
        self._observe(notices)

    def _count_codes(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            if isinstance(notice, Disconnected) and notice.code:
                self.disconnections[notice.code] += 1

    def count(self, *kinds: type[Notice]) -> int:
        """Return how many notices of some kinds there were, such as `Joined` or `Crowded`."""
        return sum(self._happened.get(kind, 0) for kind in kinds)

    @property
    def messages(self) -> int:
        """The messages of this server's clients that were stored; repetitions count."""
        return self.count(Said, Whispered)

    @property
    def connections(self) -> int:
        """The connections that chat, or have chatted."""
        return self.count(Connected)

    @property
    def sign_ins(self) -> int:
        """How often a user has signed in."""
        return self.count(Registered)
