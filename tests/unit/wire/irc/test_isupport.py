"""What the server says about itself in 005."""

from __future__ import annotations

from classchat.limits import Limits
from classchat.wire.irc.isupport import isupport
from classchat.wire.irc.rendering import line

SPECIFIED = (
    "AWAYLEN=200 BOT=B CASEMAPPING=ascii CHANLIMIT=#:100 CHANMODES=bq,,,imnt CHANNELLEN=65 CHANTYPES=# "
    "CHATHISTORY=1000 ELIST=MNU KICKLEN=200 LINELEN=4096 MAXLIST=bq:1000 MODES=20 "
    "MONITOR=100 MSGREFTYPES=msgid,timestamp NETWORK=ClassChat NICKLEN=32 PREFIX=(o)@ SAFELIST "
    "TARGMAX=PRIVMSG:4,NOTICE:4,JOIN:,PART:,KICK:4,NAMES:4,WHOIS:1,LIST: TOPICLEN=200 USERLEN=10 "
    "UTF8MAPPING=rfc8265 UTF8ONLY WHOX"
)


def test_the_tokens() -> None:
    """The usual limits give the tokens of the specification."""
    lines = isupport(Limits(), "ClassChat")

    assert SPECIFIED == " ".join(token for tokens in lines for token in tokens)


def test_the_lines() -> None:
    """A line has at most 13 tokens, so 15 parameters, and fits into 512 bytes."""
    lines = isupport(Limits(), "x" * 60)
    sizes = [
        len(line("x" * 60, "005", "x" * 32, *tokens, "are supported by this server")) for tokens in lines
    ]

    assert max(map(len, lines)) <= 13
    assert max(sizes) <= 512


def test_limits_of_the_operator() -> None:
    """The numbers are those of this server."""
    tokens = {token for line in isupport(Limits(topic=50, away=60, user_name=9), "N") for token in line}

    assert tokens >= {"TOPICLEN=50", "KICKLEN=50", "AWAYLEN=60", "NICKLEN=9"}


def test_the_name_of_the_network() -> None:
    """A name with a space is one token."""
    tokens = [token for line in isupport(Limits(), "A=\\ B\n") for token in line]

    assert r"NETWORK=A\x3D\x5C\x20B\x20" in tokens
