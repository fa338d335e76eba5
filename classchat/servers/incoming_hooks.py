"""The addresses that programs post to: a message for Slack's incoming webhooks becomes a message in a room.

    POST /hook/TOKEN    {"text": "Build 7 failed"}        200 ok
                        no JSON object                    400 invalid_payload
                        no text in it                     400 no_text
                        no webhook has this token         404 no_service
                        its room is gone                  404 channel_not_found
                        its room is closed                410 channel_is_archived
                        too many                          429 rate_limited, with Retry-After

Answers are Slack's words in plain text, because programs that know Slack look at them.
Source: https://api.slack.com/messaging/webhooks#handling_errors
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.web import http

from classchat.core.hook_posts import HookPosts
from classchat.core.hooks import Hook
from classchat.errors import ChatError, RoomClosed, RoomNotFound, TooMany
from classchat.limits import Limits
from classchat.servers.chunks import BadChunks
from classchat.servers.http_exchange import CutOff, HTTPExchange, Stalled
from classchat.servers.site import HTTPAnswer, TakesTime
from classchat.webhooks.slack_messages import NoMessage, read

PATH: Final = "/hook/"
"""How the address of each hook begins."""

_LONGEST_TOKEN: Final = 128
_PIECE: Final = 65_536
_TYPE: Final = ("Content-Type", "text/plain; charset=utf-8")


class IncomingHooks:
    """Answers requests to the addresses of webhooks."""

    def __init__(self, posts: Callable[[], HookPosts], limits: Limits) -> None:
        """Say what is posted with the `posts` of the chat at that time."""
        self._posts = posts
        self._limits = limits

    def at(self, path: str) -> TakesTime:
        """Return what answers a request to an address that begins with `PATH`."""
        return TakesTime(lambda exchange: self._answer(path.removeprefix(PATH), exchange))

    async def _answer(self, token: str, exchange: HTTPExchange) -> HTTPAnswer:
        try:
            return await self._say(token, exchange)
        except NoMessage as problem:
            return _text(http.BAD_REQUEST, str(problem))
        except BadChunks:
            return _text(http.BAD_REQUEST, "invalid_payload")
        except (CutOff, Stalled):
            return _text(http.REQUEST_TIMEOUT, "request_timeout")
        except ChatError as error:
            return _refused(error)

    async def _say(self, token: str, exchange: HTTPExchange) -> HTTPAnswer:
        """Say what is posted.

        Raises:
            NoMessage: it is no message.
            ChatError: it can't be said.
            CutOff, Stalled: it did not come.
            BadChunks: it is not clear where it ends.
        """
        if exchange.request.method != "POST":
            return _text(http.NOT_ALLOWED, "post_required", ("Allow", "POST"))
        if exchange.left > self._limits.hook_body:
            return _text(http.REQUEST_ENTITY_TOO_LARGE, "payload_too_large")
        posts = self._posts()
        hook = await self._hook(posts, token)
        if hook is None:
            return _text(http.NOT_FOUND, "no_service")
        posts.take_turn(hook)
        body = b""
        while piece := await exchange.read(_PIECE):
            body += piece
            if len(body) > self._limits.hook_body:  # it came in chunks
                return _text(http.REQUEST_ENTITY_TOO_LARGE, "payload_too_large")
        message = read(body, exchange.request.header("content-type") or "")
        await posts.say(hook, message.text, message.username)
        return _text(http.OK, "ok")

    async def _hook(self, posts: HookPosts, token: str) -> Hook | None:
        return await posts.hook(token) if 0 < len(token) <= _LONGEST_TOKEN else None


def _refused(error: ChatError) -> HTTPAnswer:
    """Return Slack's answer to what can't be said."""
    match error:
        case RoomNotFound():
            return _text(http.NOT_FOUND, "channel_not_found")
        case RoomClosed():
            return _text(http.GONE, "channel_is_archived")
        case TooMany():
            return _text(429, "rate_limited", ("Retry-After", "1"))
        case _:  # the server stops, or the journal can't be read or written to: the program may try again
            return _text(http.SERVICE_UNAVAILABLE, error.code, ("Retry-After", "5"))


def _text(status: int, text: str, *headers: tuple[str, str]) -> HTTPAnswer:
    return HTTPAnswer(status, [_TYPE, ("Cache-Control", "no-store"), *headers], text.encode())
