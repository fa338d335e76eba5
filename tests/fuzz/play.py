"""Random actions on a server, and the rules that must hold for all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from classchat.messages import Claim, Create, Join, Register, Say, Tell
from classchat.servers.connection import described
from tests.fuzz import irc_speech, speech
from tests.fuzz.choices import Choices
from tests.fuzz.ends import End
from tests.fuzz.irc_ends import heard_by
from tests.fuzz.irc_rules import IRCRules, Said
from tests.fuzz.prefaces import LIED
from tests.fuzz.world import World

_TIMES = [0, 0, 0.05, 0.3, 0.5, 1.1, 3, 16, 21, 31, 61, 151, 90_000]
_TOKEN = re.compile(rb'"token":"([^"]+)"')
_EPOCH = re.compile(rb'"epoch":"([^"]+)"')
_FINAL = "the-last-one"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Play:
    """One run: a server, some clients, and actions decided by bytes."""

    def __init__(self, data: bytes) -> None:
        self.choices = Choices(data)
        self.world = World(self.choices)
        self.known = speech.Known(cast=self.choices.of(speech.CASTS))
        self._said: Said = {}
        self._irc = IRCRules(self.world, self._said)

    def run(self) -> None:
        """Play the run.

        Raises:
            AssertionError: a rule does not hold.
        """
        try:
            for _ in range(2):
                self._comes()
            steps = _IN_CLASS if self.choices.one_in(3) else _STEPS
            while not self.choices.over:
                self.choices.of(steps)(self)
            self._ends()
        finally:
            self.world.ends_for_good()

    # Steps.

    def _comes(self) -> None:
        """Connect a client, which may sign in."""
        end = self.world.connects(self.choices)
        if end is None or self.choices.one_in(8):
            return
        choices, known = self.choices, self.known
        self._listen()
        if end.speaks_irc:
            end.says(irc_speech.registration(choices, known), choices)
            return
        if choices.one_in(5):
            end.says(speech.bare_name(choices, known), choices)
            return
        name, id = speech.name(choices, known), known.new_id()
        given: dict[str, object] = {"sender": name, "text": "", "token": None, "since": None, "id": id}
        kind: type = Register
        match choices.below(6):
            case 0:
                given["text"] = speech.password(choices)
            case 1:
                kind, given["text"] = Claim, speech.password(choices)
            case 2:
                given["token"] = choices.of([*known.tokens[-8:], "x" * 43])
            case 3:
                given["token"] = choices.of([*known.tokens[-8:], "x" * 43])
                del given["since"]
        end.says(speech.line(speech.of_kind(kind, choices, known, **given), choices), choices)

    def _asks(self) -> None:
        """Send some client's command, or a malformed one."""
        end = self._somebody()
        if end is None:
            return
        if end.speaks_irc:
            line = self._irc_line(end)
            if speech.MARK.encode() not in line and self.choices.one_in(5):
                line = irc_speech.spoiled(line, self.choices)
            end.says(line * self.choices.of([1] * 9 + [2, 30]), self.choices)
            return
        message, secret = speech.command(self.choices, self.known)
        if self.choices.one_in(5):
            line = speech.spoiled(message, self.choices, secret=secret)
        else:
            line = speech.line(message, self.choices)
        end.says(line * self.choices.of([1] * 9 + [2, 30]), self.choices)

    def _irc_line(self, end: End) -> bytes:
        """Return some line of an IRC client; one that has no name yet tries another one."""
        if b" 001 " not in end.heard() and not self.choices.one_in(2):
            line = irc_speech.registration(self.choices, self.known)
        else:
            line = irc_speech.request(self.choices, self.known)
        return b"\n" + line if end.sent else line  # a password is in no line that others have begun

    def _talks(self) -> None:
        """Send some client's most usual command."""
        end = self._somebody()
        if end is not None and end.speaks_irc:
            end.says(irc_speech.talk(self.choices, self.known), self.choices)
        elif end is not None and self.choices.one_in(2):
            for kind in (Join, Say):  # where most IRC clients are
                message = speech.of_kind(kind, self.choices, self.known, receiver="R")
                end.says(speech.line(message, self.choices), self.choices)
        elif end is not None:
            kind = self.choices.of([Join, Say, Say, Tell])
            message = speech.of_kind(kind, self.choices, self.known)
            end.says(speech.line(message, self.choices), self.choices)

    def _learns(self) -> None:
        """Send commands of a class, from a room that the client is in: so many of them are granted."""
        here = [end for end in self.world.ends if not end.gone and _TOKEN.search(end.heard())][-6:]
        if not here:
            return
        end = self.choices.of(here)
        for kind in (Create, Join):
            message = speech.of_kind(kind, self.choices, self.known, receiver="R")
            end.says(speech.line(message, self.choices), self.choices)
        for _ in range(self.choices.below(5) + 1):
            message = speech.of_kind(self.choices.of(speech.CLASS_KINDS), self.choices, self.known)
            end.says(speech.line(message, self.choices), self.choices)

    def _makes_noise(self) -> None:
        end = self._somebody()
        if end is not None:
            if self.choices.one_in(2):
                end.says_raw(speech.noise(self.choices))
            else:
                end.says(speech.noise(self.choices), self.choices)

    def _turns(self) -> None:
        self.world.passes(0)

    def _waits(self) -> None:
        self._listen()
        self.world.passes(self.choices.of(_TIMES))

    def _drops(self) -> None:
        end = self._somebody()
        if end is not None:
            end.drops()

    def _drops_when_written_to(self) -> None:
        end = self._somebody()
        if end is not None:
            end.wire.reacts = end.drops

    def _half_closes(self) -> None:
        end = self._somebody()
        if end is not None:
            end.ends()

    def _stops_reading(self) -> None:
        end = self._somebody()
        if end is not None:
            end.wire.fills_up()

    def _reads_on(self) -> None:
        end = self._somebody()
        if end is not None:
            end.wire.drains()

    def _disk(self) -> None:
        self.world.disk.full = self.choices.one_in(2)

    def _restarts(self) -> None:
        if self.choices.one_in(4) and self.world.durable:
            self.world.restarts()

    def _administers(self) -> None:
        """Change a name's account with another program, as an operator does."""
        self.world.administers(speech.name(self.choices, self.known), self.choices)

    def _somebody(self) -> End | None:
        here = [end for end in self.world.ends if not end.gone][-6:]
        return self.choices.of(here) if here else None

    def _listen(self) -> None:
        """Record the names and tokens that clients could know by now."""
        for end in self.world.ends[-6:]:
            heard = end.heard()
            for token in _TOKEN.findall(heard):
                if token.decode() not in self.known.tokens:
                    self.known.tokens.append(token.decode())
            for epoch in _EPOCH.findall(heard):
                self.known.epoch = epoch.decode()

    # The end, and the rules.

    def _ends(self) -> None:
        world = self.world
        world.disk.full = False
        for end in world.ends:
            if not end.gone:
                end.wire.drains()
        world.settles(4)
        nothing = Choices(b"")
        for end in world.ends:
            if end.noisy:
                end.drops()  # half a frame would swallow what it says
            if end.hears_irc or (end.speaks_irc and not end.sent):
                end.says(f"\r\nPING {_FINAL}\r\n".encode(), nothing)
            else:
                end.says(b'\n{"status":"ping","id":"%s"}\n' % _FINAL.encode(), nothing)
        for _ in range(400):
            world.settles(1)
            waiting = [end for end in world.ends if not self._is_done(end)]
            if not waiting:
                break
        for end in waiting:
            assert end.silent, f"no answer: {end.sent[-500:]!r} {end.heard()[-500:]!r}"
            raise AssertionError(f"still connected, having said everything: {end.sent[-500:]!r}")
        for end in world.ends:
            end.drops()
        world.settles(30)
        self._check_left_over()
        self._check_prefaces()
        world.stops()
        assert not world.clock.getDelayedCalls(), world.clock.getDelayedCalls()
        assert not world.log.failures, world.log.failures[0]
        renamed = {name for end in world.ends if len(names := _names_of(end)) > 1 for name in names}
        for end in world.ends:
            assert speech.MARK.encode() not in end.heard(), "a password has come out"
            if not end.hears_irc:
                self._check_heard(end, renamed)
        for end in world.ends:  # compared with what the others have heard
            if end.hears_irc:
                self._irc.check_heard(end, renamed)
        for line in world.log.lines:
            assert speech.MARK not in line, line
            assert not _UNPRINTABLE.search(line) or "journal" in line, repr(line)

    @staticmethod
    def _is_done(end: End) -> bool:
        return end.gone or end.hung_up or _FINAL.encode() in end.heard()

    def _check_left_over(self) -> None:
        """Check that no users and connections are registered after all have left."""
        chat = self.world.chat
        assert [] == [user.name for user in chat.users]
        assert self.world.factory.shut_down().called
        self._irc.check_left_over(self.world.network)
        absent = [account.user for account in chat.accounts]
        for user in absent:
            assert ([], {}) == (user.peers, user.catching_up), user.name
        for room in chat.rooms:
            assert (set(), {}) == (room.members, room.catching_up), room.name
            assert room.wanted == sum(room in user.rooms for user in absent), (room.name, room.wanted)
        if not self.world.durable:
            assert [] == self.world.clock.getDelayedCalls()

    def _check_prefaces(self) -> None:
        """Check that nobody is heard without a header that is due, and nobody is where only a liar says."""
        shown = Counter(self.world.log.lines)
        through_proxies = [end for end in self.world.ends if end.through_proxy]
        own = Counter(described(end.address) for end in through_proxies if end.preface.speaks_for_proxy)
        for end in through_proxies:
            assert end.preface.is_valid is not False or not end.heard(), (end.preface, end.heard())
            address = described(end.address)
            assert shown[f"New connection from {address}"] <= own[address], address
        assert not any(LIED in line for line in self.world.log.lines)

    def _check_heard(self, end: End, renamed: set[str]) -> None:
        """Check what one client has heard; `renamed` are names that users have given up, or taken."""
        events = end.events()
        answers: Counter[str] = Counter()
        last: dict[str, int] = {}
        mine = _names_of(end)
        for event in events:
            status, id, seq = event["status"], event.get("id"), event.get("seq")
            assert status in ("success", "error", "group", "private", "ping"), event
            assert status not in ("success", "error") or event["sender"] == "SERVER", event
            if id is not None:
                answers[id] += 1
            if status == "group" and seq is not None:
                self._check_order(event, last)
            if status == "private" and event["sender"] != "SERVER":
                known = mine | renamed if "replay" in event else mine
                assert {event["sender"], event["receiver"]} & known or not mine, (event, mine)
        for id, count in answers.items():
            assert count <= end.sent.count(id.encode()) or not id.startswith("id-"), (id, count)

    def _check_order(self, event: dict[str, object], last: dict[str, int]) -> None:
        """Check that all clients hear the same under a number of a room, and that numbers rise."""
        if not self.world.durable and self.world.limits.rooms < 100:
            return  # the room may have been removed and created again
        room, seq = str(event["receiver"]), int(str(event["seq"]))
        said = (str(event["sender"]), str(event["text"]), str(event["time"]))
        assert self._said.setdefault((room, seq), said) == said, (event, self._said[room, seq])
        if "replay" not in event:
            assert last.get(room, 0) < seq, (last, event)
            last[room] = seq


def _names_of(end: End) -> set[str]:
    """Return the names under which the server has granted a client anything."""
    if end.hears_irc:
        return set(heard_by(end).nicks)
    return {event["receiver"] for event in end.events() if event["status"] == "success"}


_STEPS: list[Callable[[Play], None]] = [
    *[Play._asks] * 10,
    *[Play._talks] * 6,
    Play._learns,
    *[Play._comes] * 4,
    *[Play._turns] * 4,
    *[Play._waits] * 3,
    *[Play._drops] * 2,
    Play._makes_noise,
    Play._drops_when_written_to,
    Play._half_closes,
    Play._stops_reading,
    Play._reads_on,
    Play._disk,
    Play._restarts,
    Play._administers,
]  # fmt: skip

_IN_CLASS = [*[Play._learns] * 12, *[Play._comes] * 3, *[Play._turns] * 6, *[Play._waits] * 3, *_STEPS]
"""The steps of plays in which a class is at work."""
