"""Programs that are called on messages which begin with a word: outgoing webhooks.

    Alice: !build 8          -> POST http://ci.example/build     signed; one call of a webhook at a time
    CI[bot]: Build 8 begins  <- {"text": "Build 8 begins"}

A call that fails is made again a few times, later and later, and is then given up. Of several nodes only the
one that has taken the message calls. What a program says calls no program, so two programs can't call each
other for ever. Calls are not kept: those that wait when the server stops are not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as NotInTime
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from classchat.core.chat import Chat
from classchat.core.entries import Said
from classchat.core.hooks import NOBODY, Hook
from classchat.core.notices import Notice, Observe
from classchat.core.ports import Calendar
from classchat.errors import ChatError
from classchat.servers.hook_calls import AnswerTooLong, Call, CallAnswer
from classchat.servers.public_addresses import NotPublic
from classchat.webhooks.slack_calls import begins_with, body_of, headers_of
from classchat.webhooks.slack_messages import NoMessage, read

_LOOK: Final = 5.0
"""Seconds between two looks for webhooks that were added or removed."""

_MOST_WAITING: Final = 100
"""Calls of one webhook that wait; further ones are not made."""

_PAUSES: Final = (1.0, 5.0, 30.0)
"""Seconds before each further attempt."""

_HURRY: Final = (408, 425, 429)
"""Statuses besides 500 and above after which another attempt may help."""


class _Failed(Exception):
    """A call has failed; the text says why. `again` says whether another attempt may help."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


class _Queue:
    """The calls of one webhook."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.bodies: deque[bytes] = deque()
        self.running: Deferred[None] | None = None
        self.is_over = False
        """Whether no call is made any more."""
        self.fails = False
        """Whether that was logged: it is logged once, until a call succeeds."""


class OutgoingHooks:
    """Looks at all messages on their way to the operator's log, and calls programs."""

    _log = Logger()

    def __init__(
        self,
        observe: Observe,
        call: Call,
        clock: IReactorTime,
        calendar: Calendar,
    ) -> None:
        """Hand all notices on to `observe`."""
        self._observe = observe
        self._call = call
        self._clock = clock
        self._calendar = calendar
        self._chat: Callable[[], Chat] | None = None
        self._queues: dict[int, _Queue] = {}
        self._by_room: dict[str, list[_Queue]] = {}
        self._looking = LoopingCall(self.look)
        self._looking.clock = clock

    def open(self, chat: Callable[[], Chat]) -> None:
        """Begin: look for the webhooks of what is the chat at that time."""
        self._chat = chat
        self._looking.start(_LOOK)

    def close(self) -> None:
        """End: no call is made any more. Harmless twice, and before it was opened."""
        if self._looking.running:
            self._looking.stop()
        for queue in self._queues.values():
            self._drop(queue)
        self._use({})

    def look(self) -> Deferred[None]:
        """Look for webhooks that were added or removed; return what fires when that is done."""
        return Deferred.fromCoroutine(self._look())

    async def _look(self) -> None:
        if self._chat is None:
            return
        try:
            hooks = [hook for hook in await self._chat().journal.hooks() if hook.is_outgoing]
        except ChatError:
            return  # the journal can't be read, which it has logged
        if self._looking.running:
            before = self._queues
            self._use({hook.number: before.get(hook.number) or _Queue(hook) for hook in hooks})
            for number in before.keys() - self._queues.keys():
                self._drop(before[number])

    def _use(self, queues: dict[int, _Queue]) -> None:
        self._queues, self._by_room = queues, {}
        for queue in queues.values():
            self._by_room.setdefault(queue.hook.room, []).append(queue)

    # Messages.

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Look at some notices: those of a batch, or of something else that has happened at one moment."""
        if self._by_room:
            for notice in notices:
                if isinstance(notice, Said) and notice.conversation.key in self._by_room:
                    self._look_at(notice)
        self._observe(notices)

    def _look_at(self, said: Said) -> None:
        if said.repeated or said.user.person.number == NOBODY:
            return
        for queue in self._by_room[said.conversation.key]:
            word = queue.hook.word
            if begins_with(said.text, word):
                if len(queue.bodies) >= _MOST_WAITING:
                    self._complain(queue, "too many calls wait")
                    continue
                room, user = said.conversation.name, said.user.name
                queue.bodies.append(body_of(room, user, said.text, word, self._calendar.seconds()))
                if queue.running is None:
                    running = Deferred.fromCoroutine(self._run(queue))
                    queue.running = None if running.called else running

    # Calls.

    async def _run(self, queue: _Queue) -> None:
        """Make the calls of a webhook, one after the other."""
        try:
            while queue.bodies:
                try:
                    answer = await self._answered(queue, queue.bodies[0])
                    queue.fails = False
                    await self._say(queue.hook, answer)
                except _Failed as failed:
                    self._complain(queue, str(failed))
                except ChatError as error:
                    self._complain(queue, error.text)
                if queue.bodies:
                    queue.bodies.popleft()
        except CancelledError:
            pass
        except Exception:
            self._log.failure("The calls of a webhook have failed")
            queue.bodies.clear()
        queue.running = None

    async def _answered(self, queue: _Queue, body: bytes) -> CallAnswer:
        """Return the answer to a call, after as many attempts as it takes and may have.

        Raises:
            _Failed: there is none.
        """
        for pause in _PAUSES:
            try:
                return await self._attempt(queue, body)
            except _Failed as failed:
                if not failed.again:
                    raise
            await deferLater(self._clock, pause)
        return await self._attempt(queue, body)

    async def _attempt(self, queue: _Queue, body: bytes) -> CallAnswer:
        hook = queue.hook
        headers = headers_of(body, hook.secret, int(self._calendar.seconds()))
        try:
            answer = await self._call(hook.url, body, headers)
        except NotPublic as error:
            why = f"{error} has no public address: --hook-network allows others"
            raise _Failed(why, again=False) from None
        except AnswerTooLong:
            raise _Failed("its answer is too long", again=False) from None
        except Exception as error:  # of the network, TLS or HTTP: there are many
            if queue.is_over:  # which the Agent has told in words of its own
                raise CancelledError from None
            raise _Failed(_reason(error), again=True) from None
        if not 200 <= answer.status < 300:
            again = answer.status >= 500 or answer.status in _HURRY
            raise _Failed(f"it answers {answer.status}", again=again)
        return answer

    async def _say(self, hook: Hook, answer: CallAnswer) -> None:
        """Say in the room what a program has answered, if that is a message."""
        try:
            message = read(answer.body, answer.content_type)
        except NoMessage:
            return
        if self._chat is not None:
            posts = self._chat().hook_posts
            posts.take_turn(hook)
            await posts.say(hook, message.text, message.username)

    def _complain(self, queue: _Queue, why: str) -> None:
        """Log why a call is given up, once for all that fail in a row."""
        if not queue.fails:
            queue.fails = True
            self._log.warn(
                "Webhook {number} of room '{room}' can't be called: {why}",
                number=queue.hook.number,
                room=queue.hook.room.removeprefix("#"),
                why=why,
            )

    def _drop(self, queue: _Queue) -> None:
        """Stop all calls of a webhook."""
        queue.bodies.clear()
        queue.is_over = True
        if queue.running is not None:
            queue.running.cancel()


def _reason(error: BaseException) -> str:
    """Return why a call has failed, in words for the log."""
    reasons = getattr(error, "reasons", None)  # an Agent's error lists what has happened
    if reasons:
        error = reasons[0].value
    if isinstance(error, CancelledError | TimeoutError | NotInTime):
        return "it does not answer in time"
    return f"{type(error).__name__} {error}".strip()
