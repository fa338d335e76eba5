"""What the operator asks and changes about webhooks at the server's own socket, whatever journal it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classchat.control_messages import AskWebhooks, ControlAnswer, HookState
from classchat.core.acts import ADMIN, Audited, HookAdded, HookRemoved
from classchat.core.chat import Chat
from classchat.core.hooks import MARK, NOBODY, Hook
from classchat.core.journal_port import store_acts
from classchat.core.model import User
from classchat.core.persons import Person
from classchat.journal.command_changes import NotDone
from classchat.journal.hook_administration import MOST, no_such_hook
from classchat.names import SERVER


class HookDesk:
    """Answers requests about webhooks."""

    def __init__(self, chat: Callable[[], Chat]) -> None:
        """Answer for the chat of the server at that time."""
        self._chat = chat

    async def answer(self, request: AskWebhooks) -> ControlAnswer:
        """Return the answer to a request.

        Raises:
            NotDone: it can't be carried out; nothing has changed.
            ChatError: the journal can't be read or written.
        """
        hooks = await self._chat().journal.hooks()
        match request.change:
            case "list":
                return ControlAnswer(status="success", hooks=[self._state(hook) for hook in hooks])
            case "add":
                return ControlAnswer(status="success", text=await self._add(request, hooks))
            case "remove":
                found = next((hook for hook in hooks if hook.number == request.number), None)
                if found is None:
                    raise no_such_hook(request.number)
                state = self._state(found)
                await self._store(
                    HookRemoved(found.number),
                    Audited(ADMIN, "webhook remove", target=state.room, detail=str(found.number)),
                )
                return ControlAnswer(status="success", hooks=[state])

    async def _add(self, request: AskWebhooks, hooks: Sequence[Hook]) -> str:
        room = self._chat().rooms.find(request.receiver)
        if room is None:
            raise NotDone(f"There is no room '{request.receiver}'. 'classchat admin rooms' shows all.")
        if sum(hook.room == room.key for hook in hooks) >= MOST:
            raise NotDone(f"The room '{room.name}' has {MOST} webhooks already: remove one of them.")
        token = bytes.fromhex(request.token) or None
        calls = f", calls {request.url} on {request.word}" if request.url else ""
        await self._store(
            HookAdded(room.key, request.name, token, request.url, request.word, request.secret),
            Audited(ADMIN, "webhook add", target=room.name, detail=f"as {request.name}{MARK}{calls}"),
        )
        return room.name

    async def _store(self, act: HookAdded | HookRemoved, done: Audited) -> None:
        operator = User(SERVER, Person(SERVER, "", b"", NOBODY))
        if not await store_acts(self._chat().journal, operator, act, done):
            raise NotDone("Another change was made at the same moment: try again.")

    def _state(self, hook: Hook) -> HookState:
        room = self._chat().rooms.by_key(hook.room)
        name = hook.room if room is None else room.name
        return HookState(hook.number, name, hook.name, hook.url, hook.word, hook.added)
