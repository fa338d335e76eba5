"""IRC's row in the sniffer's table: lines of IRC, and a conversation that translates them for a session."""

from __future__ import annotations

from classchat.core.chat import Chat
from classchat.core.ports import Peer
from classchat.irc.conversation import Conversation
from classchat.irc.network import Network
from classchat.servers.sniffer import Row
from classchat.wire.irc.farewell import FAREWELL
from classchat.wire.irc.irc_lines import LONGEST_FIRST, IRCLines, recognizes


def row(network: Network) -> Row:
    """Return the row for clients of a network. It stands before HTTP: `PASS hunter2` looks like a request."""

    def converse(chat: Chat, outbox: Peer, place: str, encrypted: bool, secure: bool) -> Conversation:
        network.attend(chat)
        return Conversation(chat, network, outbox, place, encrypted=encrypted, secure=secure)

    return Row(recognizes, lambda _: IRCLines(FAREWELL, network.server), LONGEST_FIRST, converse)
