"""Answers what is asked at the server's own socket."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from classchat.control_accounts import AccountDesk
from classchat.control_hooks import HookDesk
from classchat.control_messages import (
    AskAccounts,
    AskState,
    AskWebhooks,
    ChangeAccount,
    ControlAnswer,
    Evict,
    Order,
    decode_request,
    encode_line,
)
from classchat.control_settings import SettingsDesk
from classchat.control_state import StateDesk
from classchat.core.chat import Chat
from classchat.core.steering import Steering
from classchat.errors import ChatError, InvalidFormat
from classchat.journal.command_changes import NotDone
from classchat.messages import Error
from classchat.names import SERVER
from classchat.option_table import Misuse
from classchat.texts import quoted
from classchat.wire.json_codec import JSON


class ControlDesk:
    """Answers each line with one line."""

    _log = Logger()

    def __init__(
        self,
        chat: Callable[[], Chat],
        state: StateDesk,
        settings: SettingsDesk,
        accounts: AccountDesk,
    ) -> None:
        """Answer for the `chat` of the server at that time."""
        self._chat = chat
        self._state = state
        self._settings = settings
        self._accounts = accounts
        self._hooks = HookDesk(chat)

    async def answer(self, line: bytes) -> bytes:
        """Return the line that answers a line."""
        try:
            request = decode_request(line)
        except ValueError as error:
            return _refused(InvalidFormat(quoted(str(error), 200)))
        try:
            if isinstance(request, Order):
                self._log.info("The operator asks for '{what}'", what=request.__struct_config__.tag)
                return JSON.encode([await Steering(self._chat()).obey(request)])
            if isinstance(request, AskState):
                state = await self._state.state(self._settings)
                return encode_line(ControlAnswer(status="success", state=state))
            if isinstance(request, Evict):
                self._log.info("The operator asks for '{what}'", what="kick")
                name = await Steering(self._chat()).evict(request.user, request.text)
                return encode_line(ControlAnswer(status="success", text=f"You have disconnected {name}"))
            if isinstance(request, AskAccounts | ChangeAccount):
                return encode_line(await self._accounts.answer(request))
            if isinstance(request, AskWebhooks):
                return encode_line(await self._hooks.answer(request))
            return encode_line(self._settings.answer(request))
        except NotDone as error:
            return encode_line(ControlAnswer(status="error", text=str(error), code="not_done"))
        except ChatError as error:
            return _refused(error)
        except Misuse as error:
            return encode_line(ControlAnswer(status="error", text=f"{error}.", code="invalid_option"))


def _refused(error: ChatError) -> bytes:
    return JSON.encode([Error(SERVER, SERVER, error.text, code=error.code)])
