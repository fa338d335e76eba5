"""Background work of the writer: small steps between the batches.

While there are entries to write, one step is done every tenth of a second; otherwise steps follow each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from classchat.journal.batch_store import MORE, BatchStore
from classchat.journal.times import DAY
from classchat.journal.upkeep import LastSeen
from classchat.journal.worker import Trouble

_LOOK_AROUND = 60.0
"""Seconds between two searches for data that is too old."""

_PAUSE = 0.1
"""Seconds between two steps while there are entries to write."""

_ATTEMPTS = 20
"""Attempts to erase while others read the file; a minute later there are further ones."""

_STEP = 300
"""Messages that are indexed or deleted in one step."""


class Chore:
    """A task that is done step by step."""

    def __init__(self, step: Callable[[int], int], trouble: Trouble) -> None:
        """`step` is called with the time; it returns 0 when there is no work left."""
        self.wanted = False
        self.trouble = trouble
        self._step = step

    def look(self) -> None:
        """Request a step, which shows whether there is work."""
        self.wanted = True

    def begin(self, now: int) -> Callable[[], int]:
        """Return the next step, for the writer's thread."""
        return partial(self._step, now)

    def done(self, result: int | Failure) -> None:
        """Record the result of a step; a failed step is requested again later."""
        self.wanted = not isinstance(result, Failure) and result > 0


class _Presence(Chore):
    """Records when persons return and leave."""

    def __init__(self, store: BatchStore, trouble: Trouble) -> None:
        super().__init__(lambda _: 0, trouble)
        self._store = store
        self._ended: dict[int, LastSeen] = {}
        self._noting: dict[int, LastSeen] = {}

    def note(self, person: int, seen: LastSeen) -> None:
        """Queue the time when a person left, or that the person is here."""
        self._ended[person] = seen
        self.wanted = True

    def look(self) -> None:
        """Request a step if some times are not recorded yet."""
        self.wanted = bool(self._ended)

    def begin(self, now: int) -> Callable[[], int]:  # noqa: ARG002
        """Return the step that records all queued times."""
        self._noting, self._ended = self._ended, {}
        return partial(self._store.set_ended, self._noting)

    def done(self, result: int | Failure) -> None:
        """Record the result of a step; times that could not be written stay queued."""
        if isinstance(result, Failure):
            self._ended = self._noting | self._ended
        self.wanted = bool(self._ended) and not isinstance(result, Failure)


class _Erasure(Chore):
    """Overwrites what is left of deleted secrets and texts, so that no file has them."""

    def __init__(self, store: BatchStore, trouble: Trouble) -> None:
        super().__init__(lambda _: store.erase_deleted(), trouble)
        self._left = True  # perhaps by a server that was killed
        self._attempts = 0

    def begin_to_erase(self) -> None:
        """Request a step soon."""
        self._left = self.wanted = True
        self._attempts = 0

    def look(self) -> None:
        """Request another attempt if the last ones have failed."""
        self.wanted = self._left
        self._attempts = 0

    def done(self, result: int | Failure) -> None:
        """Record the result of a step; while others read the file it is repeated a few times."""
        self._left = isinstance(result, Failure) or result > 0
        if result == MORE:
            self.wanted = True
            return
        self._attempts += 1
        self.wanted = self._left and not isinstance(result, Failure) and self._attempts < _ATTEMPTS


class Chores:
    """All chores, which take turns."""

    def __init__(
        self,
        store: BatchStore,
        path: Path | str,
        clock: IReactorTime,
        keep: float | None,
        wake: Callable[[], None],
        writing: Trouble,
    ) -> None:
        """Call `wake` when a step is `due`. While `writing` fails, log no other failure."""
        self.due = False
        self._clock = clock
        self._path = path
        self._wake = wake
        self._writing = writing

        def trouble(what: str) -> Trouble:
            return Trouble(clock, path, f"Can't {what}", "{path}: this works again")

        self._presence = _Presence(store, trouble("record in {path} who has left"))
        self._index = Chore(
            lambda _: store.index_some(_STEP) or store.merge_some(),
            trouble("update the search index of {path}"),
        )
        self._erasure = _Erasure(store, trouble("erase deleted secrets and texts from {path}"))
        self._turns: deque[Chore] = deque([self._presence, self._erasure, self._index])
        self._turns.append(
            Chore(
                lambda now: store.forget_persons(now - int((DAY + _LOOK_AROUND) * 1000)),
                trouble("delete from {path} the tokens of users who have left"),
            )
        )
        if keep is not None:
            self._turns.append(
                Chore(
                    lambda now: store.delete_older(now - int(keep * 1000), _STEP),
                    trouble("delete old messages from {path}"),
                )
            )
        self._timer: IDelayedCall | None = None
        self._stopped = False
        self._looking_around = LoopingCall(self._look_around)
        self._looking_around.clock = clock

    def add(self, step: Callable[[], int], what: str) -> None:
        """Add a chore: a step returns 0 when there is no work left; `what` follows after *Can't*."""
        trouble = Trouble(self._clock, self._path, f"Can't {what}", "{path}: this works again")
        self._turns.append(Chore(lambda _: step(), trouble))

    @property
    def pending(self) -> bool:
        """Whether there is any work left."""
        return any(chore.wanted for chore in self._turns)

    def start(self) -> None:
        """Search for work now and every minute."""
        self._looking_around.start(_LOOK_AROUND)

    def stop(self) -> None:
        """Start no further steps."""
        self._stopped = True
        self.due = False
        self._looking_around.stop()
        if self._timer is not None:
            self._timer.cancel()

    def index(self) -> None:
        """Request that new messages are added to the search index."""
        self._index.wanted = True
        self._soon()

    def erase(self) -> None:
        """Request that nothing of deleted secrets and texts stays in the files."""
        self._erasure.begin_to_erase()
        self._soon()

    def note(self, person: int, ended: int | None, unheard: int | None = None) -> None:
        """Record in the next step when a person left, in milliseconds; None means that the person is here.

        `unheard` is the time since which the owner of an account may have missed messages.
        """
        self._presence.note(person, LastSeen(ended, unheard))
        self._soon()

    def last(self) -> Callable[[], int]:
        """Return the step that must not be postponed: it records who has left."""
        return self._presence.begin(0)

    def next(self) -> Chore | None:
        """Return the chore whose turn it is; None if there is no work."""
        self.due = False
        for chore in list(self._turns):
            self._turns.rotate(-1)
            if chore.wanted:
                return chore
        return None

    def done(self, chore: Chore, result: int | Failure, *, idle: bool) -> None:
        """Record the result of a step; start the next one at once if the writer is idle."""
        chore.done(result)
        if not isinstance(result, Failure):
            chore.trouble.is_over()
        elif not self._writing.lasts:
            chore.trouble.met(result)
        if self.pending:
            if idle:
                self._be_due()
            else:
                self._soon()

    def _look_around(self) -> None:
        for chore in self._turns:
            chore.look()
        self._soon()

    def _soon(self) -> None:
        if self._timer is None and not self._stopped:
            self._timer = self._clock.callLater(_PAUSE, self._over)

    def _over(self) -> None:
        self._timer = None
        self._be_due()

    def _be_due(self) -> None:
        if not self._stopped:
            self.due = True
            self._wake()
