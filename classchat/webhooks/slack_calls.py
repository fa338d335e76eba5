"""Calls of programs on messages, and the programs' answers, in the form of Slack's outgoing webhooks.

    POST /build HTTP/1.1                                  200 OK
    Content-Type: application/x-www-form-urlencoded      {"text": "Build 8 has begun"}
    X-Slack-Request-Timestamp: 1700000000
    X-Slack-Signature: v0=a2114d57…

    channel_name=CS350&user_name=Alice&text=!build+8&trigger_word=!build&timestamp=1700000000.000000

The signature is Slack's, so its libraries check it: HMAC-SHA256 of `v0:TIMESTAMP:BODY`.
Source: https://api.slack.com/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hmac
from urllib.parse import urlencode, urlsplit


def begins_with(text: str, word: str) -> bool:
    """Return whether a text begins with a word, in any case."""
    begin, rest = text[: len(word)], text[len(word) :]
    return begin.casefold() == word.casefold() and not (rest[:1].isalnum() or rest[:1] == "_")


def body_of(room: str, user: str, text: str, word: str, seconds: float) -> bytes:
    """Return the body of a call on a message that was sent at a time."""
    return urlencode(
        {
            "channel_name": room,
            "user_name": user,
            "text": text,
            "trigger_word": word,
            "timestamp": f"{seconds:.6f}",
        }
    ).encode()


def headers_of(body: bytes, secret: str, seconds: int) -> dict[str, str]:
    """Return the headers of one attempt of a call; the signature covers its time."""
    signed = b"v0:%d:%s" % (seconds, body)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(seconds),
        "X-Slack-Signature": f"v0={hmac.digest(secret.encode(), signed, 'sha256').hex()}",
    }


def is_url(text: str) -> bool:
    """Return whether a text is a URL that can be called: of HTTP, with a host, and without a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    usable = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    return (
        usable
        and parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not parts.fragment
        and (port is None or port > 0)
    )
