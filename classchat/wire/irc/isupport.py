"""What the server says about itself in 005: https://modern.ircdocs.horse/#rplisupport-parameters."""

from __future__ import annotations

from typing import Final

from classchat.limits import Limits
from classchat.messages import MOST_HISTORY
from classchat.wire.irc.irc_lines import LONGEST_IRC_LINE
from classchat.wire.irc.rendering import one_line_of

MOST_MONITORED: Final = 100
"""Names that one client may watch with MONITOR."""

MOST_TARGETS: Final = 4
"""Targets of one PRIVMSG, NOTICE or NAMES, and users of one KICK."""

MOST_MODES: Final = 20
"""Modes with a parameter in one MODE."""

_MOST_TOKENS: Final = 13
"""Tokens of one line: with the client's name and the text a line has 15 parameters."""


def isupport(limits: Limits, network: str) -> list[list[str]]:
    """Return the tokens of each line of 005.

    CASEMAPPING is `ascii` because clients know no other that is true for ASCII; UTF8MAPPING says what holds
    for the rest.
    """
    orders, targets = limits.orders, MOST_TARGETS
    tokens = [
        f"AWAYLEN={limits.away}",
        "BOT=B",
        "CASEMAPPING=ascii",
        f"CHANLIMIT=#:{limits.rooms_of_user}",
        "CHANMODES=bq,,,imnt",
        f"CHANNELLEN={limits.room_name + 1}",
        "CHANTYPES=#",
        f"CHATHISTORY={MOST_HISTORY}",
        "ELIST=MNU",
        f"KICKLEN={limits.topic}",
        f"LINELEN={LONGEST_IRC_LINE}",
        f"MAXLIST=bq:{orders}",
        f"MODES={MOST_MODES}",
        f"MONITOR={MOST_MONITORED}",
        "MSGREFTYPES=msgid,timestamp",
        f"NETWORK={_escaped(network)}",
        f"NICKLEN={limits.user_name}",
        "PREFIX=(o)@",
        "SAFELIST",
        f"TARGMAX=PRIVMSG:{targets},NOTICE:{targets},JOIN:,PART:,KICK:{targets},NAMES:{targets},WHOIS:1,LIST:",
        f"TOPICLEN={limits.topic}",
        "USERLEN=10",
        "UTF8MAPPING=rfc8265",
        "UTF8ONLY",
        "WHOX",
    ]
    return [tokens[at : at + _MOST_TOKENS] for at in range(0, len(tokens), _MOST_TOKENS)]


def _escaped(value: str) -> str:
    """Return the value of a token without what would end it."""
    value = one_line_of(value).replace("\\", r"\x5C")
    return value.replace(" ", r"\x20").replace("\t", r"\x20").replace("=", r"\x3D")
