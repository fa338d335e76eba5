"""The rules that must hold for what IRC clients hear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from classchat.irc.network import Network
from tests.fuzz.ends import End
from tests.fuzz.irc_ends import Heard, heard_by
from tests.fuzz.world import World

_LABEL = re.compile(r"id-[0-9]{6}\.")
"""A label as clients send it; others have been spoiled on the way."""

Said = dict[tuple[str, int], tuple[str, ...]]
"""What JSON clients have heard in rooms, by room and number: the sender, the text and the time."""


class IRCRules:
    """Compares what IRC clients hear with what JSON clients hear."""

    def __init__(self, world: World, said: Said) -> None:
        self._world = world
        self._said = said
        self._senders: dict[tuple[str, int], str] = {}
        self._times: dict[str, str] = {}

    @staticmethod
    def check_left_over(network: Network) -> None:
        """Check that nothing is kept of clients that have left."""
        if not hasattr(network, "monitors"):
            return  # none has come
        assert ({}, {}) == (network.monitors._lists, network.monitors._watchers)
        assert {} == network.profiles._profiles
        assert set() == network.profiles.bots

    def check_heard(self, end: End, renamed: set[str]) -> None:
        """Check everything that one client has heard; `renamed` are names that users gave up, or took."""
        heard = heard_by(end)
        assert not heard.open or end.gone or end.hung_up, heard.open
        sent = end.sent.translate(None, b"\r\0\\")  # these can be anywhere in a label
        for label, count in Counter(heard.labels).items():
            assert count <= sent.count(label.encode()) or not _LABEL.fullmatch(label), (label, count)
        for line in heard.private:
            sender = line.source.partition("!")[0]
            is_mine = not heard.nicks or {sender, line.params[0]} & (renamed | set(heard.nicks))
            assert is_mine or "." in line.source or line.params[0] == "*", (line, heard.nicks)
        for line in heard.private:
            msgid, time = line.tags.get("msgid"), line.tags.get("time", "")
            if msgid is not None and time:
                assert self._times.setdefault(msgid, time) == time, (line, self._times[msgid])
        if self._world.durable or self._world.limits.rooms >= 100:  # else rooms are made again
            self._check_order(heard)

    def _check_order(self, heard: Heard) -> None:
        """Check that numbers rise, have the same sender for all, and that none is left out of a stay."""
        last: dict[str, tuple[int, int]] = {}
        for line, stay in heard.messages:
            room = (line.params[2] if line.command == "BATCH" else line.params[0])[1:]
            seq = int(line.tags["msgid"].rpartition(".")[2])
            sender = line.source.partition("!")[0]
            assert self._senders.setdefault((room, seq), sender) == sender, (line, room, seq)
            said = self._said.get((room, seq))
            assert said is None or said[0] == sender, (line, said)
            assert said is None or said[2] == line.tags.get("time", said[2]), (line, said)
            before, its_stay = last.get(room, (0, -1))
            assert before < seq, (line, before)
            if its_stay == stay:
                left_out = list(self._between(room, before, seq, heard))
                assert not left_out, (line, before, left_out)
            last[room] = seq, stay

    def _between(self, room: str, before: int, seq: int, heard: Heard) -> Iterator[tuple[int, str]]:
        """Yield the messages between two numbers that other clients have heard and this one should have."""
        for number in range(before + 1, seq):
            sender, text, *_ = self._said.get((room, number), ("", ""))
            if text.strip() and sender not in heard.nicks:
                yield number, text
