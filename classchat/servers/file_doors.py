"""The addresses of shared files: `upload/TOKEN`, and `f/TOKEN/NAME`, whose name is only for the reader."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from twisted.logger import Logger

from classchat.core.chat import Chat
from classchat.core.shared_files import READING, UPLOADING
from classchat.errors import HistoryUnavailable
from classchat.servers.downloads import Downloads
from classchat.servers.file_store import FileStore
from classchat.servers.http_exchange import HTTPExchange
from classchat.servers.site import HTTPAnswer, TakesTime
from classchat.servers.uploads import Refusal, Uploads

_GONE = (
    "You can't get this file: it was deleted, or you are not a member of its room, or not signed in. "
    "Join the room, and use the link that you get there."
)


class FileDoors:
    """What a site does with requests for files."""

    _log = Logger()

    def __init__(self, chat: Callable[[], Chat], store: FileStore, refusal: Refusal) -> None:
        """`chat` returns the present one; `refusal` makes the answers to what is refused."""
        self._chat = chat
        self._refusal = refusal
        self._uploads = Uploads(chat, store, refusal)
        self._downloads = Downloads(store)

    def at(self, path: str) -> TakesTime:
        """Return what answers a request to a path."""
        if path.startswith(UPLOADING):
            token = path.removeprefix(UPLOADING)
            return TakesTime(lambda exchange: self._uploads.take(exchange, token))
        token = path.removeprefix(READING).partition("/")[0]
        return TakesTime(lambda exchange: self._send(exchange, token))

    async def _send(self, exchange: HTTPExchange, token: str) -> HTTPAnswer | None:
        try:
            file = await self._chat().files.readable(token)
            if file is None:
                return self._refusal(HTTPStatus.NOT_FOUND, _GONE, [])
            return await self._downloads.send(exchange, file)
        except HistoryUnavailable as error:
            return self._refusal(HTTPStatus.SERVICE_UNAVAILABLE, error.text, [])
        except FileNotFoundError as error:
            self._log.warn("A file is lost: {error}", error=error)
            return self._refusal(HTTPStatus.GONE, "The content of this file is lost. Ask for it again.", [])
