"""The client for programs, with a server that the test plays."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace
from twisted.internet import error
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from classchat.client import bot as bot_module
from classchat.client.bot import (
    Bot,
    Closed,
    Happening,
    Message,
    NotConfirmed,
    NotSecure,
    Page,
    Refused,
    connect,
)
from classchat.messages import Error, Group, Private, RoomListing, Success, UserListing
from tests.unit.client.helpers import Server, granted

T = TypeVar("T")

WELCOME = Success("SERVER", "Bot", "Welcome", server="ClassChat 0.1", token="t", epoch="e")  # noqa: S106
HELLO = Group("Bob", "R", "Hello", seq=1)
HEY = Private("Bob", "Bot", "Hey", seq=1)


def no_room(id: str | None) -> Error:
    """Return the refusal for a room that does not exist."""
    return Error("SERVER", "Bot", "Chat room 'R' does not exist", code="room_not_found", id=id)


@implementer(IStreamClientEndpoint)
class Nobody:
    """A server that does not encrypt."""

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Fail: the server does not encrypt."""
        return fail(NotSecure("The server does not encrypt"))


class BotTestCase(SynchronousTestCase):
    """A bot that connects to a server."""

    def setUp(self) -> None:
        """Call the server."""
        self.reactor = MemoryReactorClock()
        self.opening = self.begins(
            connect(self.reactor, "tcp:127.0.0.1:5555", "Bot", 300, map(str, count(1)), lambda: 0.0)
        )

    def begins(self, doing: Coroutine[Any, Any, T]) -> Deferred[T]:
        """Start a coroutine."""
        return Deferred.fromCoroutine(doing)

    def reaches(self) -> Server:
        """Connect the last call to a server."""
        self.server = Server(self.reactor.tcpClients[-1][2].buildProtocol(None))
        return self.server

    def calls_again(self) -> None:
        """Lose the server, and reach it again."""
        self.server.hangs_up()
        self.reactor.advance(1)
        self.reaches().tells(WELCOME)


class ConnectingTests(BotTestCase):
    """From the call to a bot, or to an error."""

    def test_an_address_as_in_the_terminal(self) -> None:
        """A server is given as users type it; sentences about its certificate are logged."""
        reactor = MemoryReactorClock()
        self.patch(
            bot_module, "described", lambda _, address, tls, tell: tell(f"{address} {tls}") or Nobody()
        )
        with capturedLogs() as logged:
            opening = self.begins(connect(reactor, "chat.example.org", "Bot", tls=True))

        self.failureResultOf(opening, NotSecure)
        assert ["chat.example.org True"] == [event["sentence"] for event in logged if "sentence" in event]

    def test_welcome(self) -> None:
        """A welcome gives a bot."""
        self.reaches().tells(WELCOME)

        assert "Bot" == self.successResultOf(self.opening).name

    def test_name_as_it_is_shown(self) -> None:
        """The bot takes its name as the server spells it, unless the welcome is for another user."""
        self.reaches().tells(replace(WELCOME, receiver="BOT"))

        assert "BOT" == self.successResultOf(self.opening).name

    def test_name_of_somebody_else(self) -> None:
        """A welcome to another name changes nothing."""
        self.reaches().tells(replace(WELCOME, receiver="Eve"))

        assert "Bot" == self.successResultOf(self.opening).name

    def test_refused(self) -> None:
        """A refusal has the server's code and sentence."""
        self.reaches().tells(Error("SERVER", "Bot", "Username already taken.", code="username_taken"))
        refused = self.failureResultOf(self.opening, Refused).value
        self.server.hangs_up()
        self.reactor.advance(10)

        assert ("username_taken", "Username already taken.") == (refused.code, str(refused))
        assert [] == self.reactor.getDelayedCalls()

    def test_nobody_there(self) -> None:
        """If no server answers, the endpoint's error is raised, and the bot does not call again."""
        factory = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(None, Failure(error.ConnectionRefusedError()))
        self.failureResultOf(self.opening, error.ConnectionRefusedError)
        self.reactor.advance(0)

        assert (1, []) == (len(self.reactor.tcpClients), self.reactor.getDelayedCalls())

    def test_hung_up_on(self) -> None:
        """A server that closes the connection before it answers raises Closed."""
        self.reaches().hangs_up()

        assert "The connection is closed." == str(self.failureResultOf(self.opening, Closed).value)

    def test_first_version(self) -> None:
        """The bot leaves a server of the first version, which is too old for programs."""
        self.reaches().tells(Success("SERVER", "Bot", "Welcome"))

        assert "first_version" == self.failureResultOf(self.opening, Refused).value.code
        assert b'"quit"' in self.server.transport.writes[-1]


class TalkingTests(BotTestCase):
    """A bot that is signed in."""

    bot: Bot

    def setUp(self) -> None:
        """Sign in."""
        super().setUp()
        self.reaches().tells(WELCOME)
        self.server.forgets()
        self.bot = self.successResultOf(self.opening)

    @property
    def last_id(self) -> str:
        """The id of the last request."""
        return str(self.server.hears[-1]["id"])

    def test_verbs(self) -> None:
        """Each verb sends its request, and returns the answer."""
        answers = []
        for doing in (
            self.bot.create("R"),
            self.bot.join("R"),
            self.bot.leave("R"),
            self.bot.say("R", "x"),
            self.bot.tell("Bob", "x"),
        ):
            asked = self.begins(doing)
            self.assertNoResult(asked)
            self.server.tells(granted(self.last_id))
            answers.append(self.successResultOf(asked))

        assert ["create", "join", "leave", "group", "private"] == [one["status"] for one in self.server.hears]
        assert [granted(str(id)) for id in range(1, 6)] == answers

    def test_another_name(self) -> None:
        """A bot has the name that the server gives it, and is no other user under it."""
        heard: list[Message] = []
        self.bot.on_message(heard.append)
        asked = self.begins(self.bot.rename("robot"))
        request = self.server.hears[-1]
        self.server.tells(Success("SERVER", "Robot", "You are now called Robot", id=self.last_id))
        self.successResultOf(asked)
        self.server.tells(Group("Robot", "R", "mine"), Group("Bot", "R", "another user's"))
        name = self.bot.name
        self.calls_again()

        assert ("rename", "robot", "Robot") == (request["status"], request["text"], name)
        assert ["another user's"] == [message.text for message in heard]
        assert "Robot" == self.server.hears[0]["sender"]

    def test_another_user_has_another_name(self) -> None:
        """A callback is called with both names."""
        heard: list[Happening] = []
        self.bot.on("renamed")(heard.append)
        self.server.tells(
            Private("SERVER", "Bot", "Al is now called Bo", event="renamed", user="Al", name="Bo")
        )

        assert [("Al", "Bo", None)] == [(one.user, one.name, one.room) for one in heard]

    def test_refused(self) -> None:
        """A refusal raises an exception with the server's code and sentence."""
        asked = self.begins(self.bot.say("R", "x"))
        self.server.tells(no_room(self.last_id))
        refused = self.failureResultOf(asked, Refused).value

        assert ("room_not_found", "Chat room 'R' does not exist") == (refused.code, refused.text)

    def test_lists(self) -> None:
        """Rooms and users are returned as lists."""
        rooms, users = self.begins(self.bot.rooms()), self.begins(self.bot.users("R"))
        self.server.tells(
            Success("SERVER", "Bot", "", id="1", rooms=[RoomListing("R", 1)]),
            Success("SERVER", "Bot", "", id="2", users=[UserListing("Bot")]),
        )

        assert [RoomListing("R", 1)] == self.successResultOf(rooms)
        assert [UserListing("Bot")] == self.successResultOf(users)

    def test_history(self) -> None:
        """A page has the messages that were replayed for it, and no others."""
        heard: list[Message] = []
        self.bot.on_message(heard.append)
        old = [Group("Bob", "R", str(seq), seq=seq, replay=True) for seq in (1, 2)]
        said, read = self.begins(self.bot.say("R", "x")), self.begins(self.bot.history("R", limit=2))
        self.server.tells(old[0], HELLO, granted("1"), old[1])
        self.server.tells(Success("SERVER", "Bot", "", id="2", more=True, oldest=1))

        assert Page(old, more=True, before=None, oldest=1) == self.successResultOf(read)
        assert (granted("1"), [HELLO]) == (self.successResultOf(said), heard)
        assert ("R", 2) == (self.server.hears[-1]["receiver"], self.server.hears[-1]["limit"])

    def test_search(self) -> None:
        """A search gives a page with the number at which the next one begins; the next one starts empty."""
        pages = []
        found = Private("Bob", "Bot", "x", seq=1, replay=True)
        for page in ([found], []):
            read = self.begins(self.bot.search("x", "Bob", before=9, user="Carol", private=True))
            self.server.tells(*page, Success("SERVER", "Bot", "", id=self.last_id, more=True, before=3))
            pages.append(self.successResultOf(read))

        assert [Page([found], True, 3, None), Page([], True, 3, None)] == pages
        asked = self.server.hears[0]
        assert ("x", 9, "Carol", True) == tuple(asked[name] for name in ("text", "before", "user", "private"))

    def test_callbacks(self) -> None:
        """`on_message` gets other users' messages; `on_event` gets every message."""
        messages: list[Message] = []
        events: list[Message] = []
        self.bot.on_message(messages.append)
        self.bot.on_event(events.append)
        others = [Group("bot", "R", "mine", seq=2), Group("SERVER", "R", "Bob has left the chat room")]
        self.server.tells(HELLO, HEY, *others)

        assert ([HELLO, HEY], [HELLO, HEY, *others]) == (messages, events)

    def test_events(self) -> None:
        """`on` gets what happens in a room, with its fields, for the events that were registered."""
        told: list[tuple[str, Happening]] = []
        self.bot.on("joined", "left")(lambda happening: told.append(("move", happening)))

        @self.bot.on("banned")
        def banned(happening: Happening) -> None:
            told.append(("order", happening))

        self.server.tells(
            HELLO,
            Group("SERVER", "R", "Zoe is here", event="joined", user="Zoe"),
            Group("SERVER", "R", "Bob has left the chat room"),
            Group("SERVER", "R", "Carol was kicked", event="kicked", user="Carol", by="Bob"),
            Group(
                "SERVER", "R", "Out", event="banned", user="Carol", by="Bob", until="2026-11-23T10:30:00.123Z"
            ),
        )

        assert [
            ("move", "joined", "R", "Zoe", None),
            ("move", "left", "R", "Bob", None),
            ("order", "banned", "R", "Carol", "Bob"),
        ] == [(name, one.event, one.room, one.user, one.by) for name, one in told]
        assert datetime(2026, 11, 23, 10, 30, 0, 123_000, UTC) == told[-1][1].until

    def test_events_that_do_not_exist(self) -> None:
        """An unknown event is refused, and nothing is registered."""
        with pytest.raises(ValueError, match=r"^Unknown event 'join': choose from announce, assist"):
            self.bot.on("left", "join")

    def test_coroutine_callbacks(self) -> None:
        """A callback may wait; the next message does not wait for it."""

        @self.bot.on_message
        async def answer(message: Message) -> None:
            await self.bot.tell(message.sender, f"a {message.text}")
            await self.bot.tell(message.sender, f"b {message.text}")

        self.server.tells(HELLO, HEY)
        self.server.tells(granted("2"))

        assert ["a Hello", "a Hey", "b Hey"] == self.server.texts

    def test_failing_callbacks(self) -> None:
        """An exception in a callback, at once or later, is logged, and stops nothing."""
        heard: list[Message] = []

        @self.bot.on_message
        def fail(_: Message) -> None:
            raise ValueError

        @self.bot.on_message
        async def fail_later(_: Message) -> None:
            raise ValueError

        self.bot.on_message(heard.append)
        self.server.tells(HELLO)

        assert [HELLO] == heard
        assert 2 == len(self.flushLoggedErrors(ValueError))

    def test_bound_of_callbacks(self) -> None:
        """With a thousand callbacks under way a bot stops listening, and reconnects later."""
        never: Deferred[None] = Deferred()

        @self.bot.on_message
        async def wait(_: Message) -> None:
            await never

        self.server.tells(*[HELLO] * 1000)
        before = self.server.aborted
        self.server.tells(HELLO)

        assert (False, True) == (before, self.server.aborted)
        never.callback(None)

    def test_more_requests_than_may_be_open(self) -> None:
        """The 257th request waits for its turn, and requests stay in order."""
        asked = [self.begins(self.bot.say("R", str(number))) for number in range(300)]
        sent = len(self.server.hears)
        self.server.tells(*(granted(str(id)) for id in range(1, 301)))

        assert 256 == sent
        assert [str(number) for number in range(300)] == self.server.texts
        assert 300 == sum(one.called for one in asked)

    def test_connection_lost(self) -> None:
        """A request under way is answered after reconnecting; missed messages are delivered once."""
        heard: list[Message] = []
        self.bot.on_message(heard.append)
        self.server.tells(HEY)
        asked = self.begins(self.bot.tell("Bob", "x"))
        missed = Private("Bob", "Bot", "You?", seq=2, replay=True)
        self.calls_again()
        self.server.tells(Private("Bob", "Bot", "Hey", seq=1, replay=True), missed)
        self.server.tells(granted(self.last_id, "pong"))
        self.assertNoResult(asked)
        self.server.tells(granted("1"))

        assert granted("1") == self.successResultOf(asked)
        assert ([HEY, missed], "x") == (heard, self.server.texts[-1])

    def test_page_that_was_cut(self) -> None:
        """A page is complete, without duplicates, even if the connection is lost in the middle."""
        old = [Group("Bob", "R", str(seq), seq=seq, replay=True) for seq in (1, 2)]
        read = self.begins(self.bot.history("R"))
        self.server.tells(old[0])
        self.calls_again()
        self.server.tells(granted(self.last_id, "pong"), *old, granted("1"))

        assert old == self.successResultOf(read).messages

    def test_gaps(self) -> None:
        """Messages that are lost for good are reported, and so is a room that the bot can't rejoin."""
        gaps: list[tuple[str | None, int | None]] = []
        lost: list[tuple[str, str]] = []
        self.bot.on_gap(lambda room, missed: gaps.append((room, missed)))
        self.bot.on_room_lost(lambda room, refused: lost.append((room, refused.code)))
        for room in ("R", "S", "T"):
            self.begins(self.bot.join(room))
            self.server.tells(granted(self.last_id))
        self.server.hangs_up()
        self.reactor.advance(1)
        self.reaches().tells(
            Success("SERVER", "Bot", "", server="x", epoch="e", gap=True, missed=2), granted("99")
        )
        joins = [one["id"] for one in self.server.hears if one["status"] == "join"]
        self.server.tells(
            Success("SERVER", "Bot", "", id=joins[0], gap=True), granted(joins[1]), no_room(joins[2])
        )

        assert ([(None, 2), ("R", None)], [("T", "room_not_found")]) == (gaps, lost)

    def test_put_out(self) -> None:
        """A bot that is removed from a room gets the room and the reason."""
        lost: list[tuple[str, str]] = []
        self.bot.on_room_lost(lambda room, refused: lost.append((room, refused.code)))
        self.server.tells(Error("SERVER", "Bot", "You are banned", code="banned", room="R"))

        assert [("R", "banned")] == lost

    def test_put_out_by_whom(self) -> None:
        """The moderator and the reason are available to programs as well."""
        lost: list[Refused] = []
        self.bot.on_room_lost(lambda _, refused: lost.append(refused))
        self.server.tells(
            Error("SERVER", "Bot", "", code="kicked", room="R", by="Alice", reason="too loud"),
            Error("SERVER", "Bot", "", code="room_closed", room="S", by="Alice"),
        )

        assert [("Alice", "too loud"), ("Alice", None)] == [(one.by, one.reason) for one in lost]

    def test_a_topic(self) -> None:
        """The topic is that of the room that was asked for, even if the answer lists others."""
        rooms = [RoomListing("Other", 1, topic="No"), RoomListing("CS350", 1, topic="Exam")]
        topics = []
        for room in ("cs350", "nowhere"):
            asked = self.begins(self.bot.topic(room))
            self.server.tells(Success("SERVER", "Bot", "", id=self.server.hears[-1]["id"], rooms=rooms))
            topics.append(self.successResultOf(asked))

        assert ["Exam", ""] == topics

    def test_absent_members(self) -> None:
        """Members who are offline have a method of their own."""
        asked = self.begins(self.bot.absent("R"))
        id = self.server.hears[-1]["id"]
        self.server.tells(Success("SERVER", "Bot", "", id=id, users=[], absent=[UserListing("Bob")]))

        assert [UserListing("Bob")] == self.successResultOf(asked)

    def test_new_journal(self) -> None:
        """An unknown outcome raises NotConfirmed."""
        asked = self.begins(self.bot.say("R", "x"))
        self.server.hangs_up()
        self.reactor.advance(1)
        self.reaches().tells(Success("SERVER", "Bot", "", server="x", epoch="other"))

        assert "not_confirmed" == self.failureResultOf(asked, NotConfirmed).value.code

    def test_close(self) -> None:
        """`close` quits; `closed` returns, and further requests raise Closed."""
        end, closing = self.begins(self.bot.closed()), self.begins(self.bot.close())
        quit = self.server.hears[-1]["status"]
        self.server.hangs_up()
        asked = self.begins(self.bot.say("R", "x"))

        assert "quit" == quit
        assert self.successResultOf(end) is self.successResultOf(closing) is None
        self.failureResultOf(asked, Closed)
        assert self.successResultOf(self.begins(self.bot.close())) is None
        assert [] == self.reactor.getDelayedCalls()

    def test_given_up(self) -> None:
        """If the server does not return, every waiting request and `closed` fail."""
        asked = [self.begins(self.bot.say("R", "x")) for _ in range(300)]
        end = self.begins(self.bot.closed())
        self.server.hangs_up()
        self.reactor.pump([1] * 301)

        assert 256 == sum(one.result.check(NotConfirmed) is not None for one in asked)
        assert 44 == sum(one.result.check(Closed) is not None for one in asked)
        reason = "Could not reconnect within 300 seconds"
        assert reason == str(self.failureResultOf(end, Closed).value)
        for one in asked:
            one.addErrback(lambda _: None)
        assert [] == self.reactor.getDelayedCalls()

    def test_taken_over(self) -> None:
        """A bot whose name signs in elsewhere ends, with the reason."""
        end = self.begins(self.bot.closed())
        self.server.tells(Error("SERVER", "Bot", "You have signed in elsewhere", code="taken_over"))
        self.server.hangs_up()

        assert "You have signed in elsewhere" == str(self.failureResultOf(end, Closed).value)
        assert [] == self.reactor.getDelayedCalls()


class PasswordTests(BotTestCase):
    """A bot with a registered name."""

    def setUp(self) -> None:
        """Call the server."""
        self.reactor = MemoryReactorClock()
        self.calls("tcp:127.0.0.1:5555")

    def calls(self, address: str, **more: Any) -> None:
        """Call a server, with a password."""
        self.opening = self.begins(
            connect(
                self.reactor,
                address,
                "Bot",
                300,
                map(str, count(1)),
                lambda: 0.0,
                password="correct horse",  # noqa: S106
                **more,
            )
        )

    def is_locked_out(self, code: str = "password_required") -> None:
        """Refuse the last call."""
        self.reaches().tells(Error("SERVER", "Bot", "It takes a password", code=code))
        self.server.hangs_up()
        self.reactor.advance(0.01)

    def test_password(self) -> None:
        """The password is given when the server asks for it; missed messages wait for the callbacks."""
        self.is_locked_out()
        self.reaches().tells(replace(HEY, replay=True), replace(HELLO, replay=True), WELCOME)
        bot = self.successResultOf(self.opening)
        heard: list[Message] = []
        bot.on_message(heard.append)
        self.server.tells(HEY)

        assert ["correct horse"] == self.server.texts
        assert [HEY] == heard

    def test_what_was_missed(self) -> None:
        """A program that registers callbacks at once gets missed messages, in order."""
        heard: list[Message] = []

        async def program() -> None:
            bot = await connect(self.reactor, "tcp:127.0.0.1:5555", "Bot", ids=map(str, count(1)))
            bot.on_message(heard.append)

        self.begins(program())
        missed = [replace(HEY, replay=True), replace(HELLO, replay=True)]
        self.reaches().tells(*missed, WELCOME)

        assert missed == heard

    def test_more_was_missed_than_is_kept(self) -> None:
        """Of very many missed messages the latest are delivered, and a gap is reported."""
        heard: list[Message] = []
        gaps: list[object] = []

        async def program() -> None:
            bot = await connect(self.reactor, "tcp:127.0.0.1:5555", "Bot", ids=map(str, count(1)))
            bot.on_message(heard.append)
            bot.on_gap(lambda room, missed: gaps.append((room, missed)))

        self.begins(program())
        self.reaches().tells(
            *(Group("Bob", "R", "x", seq=seq, replay=True) for seq in range(1, 10_003)), WELCOME
        )

        assert (10_000, 3, [(None, None)]) == (len(heard), heard[0].seq, gaps)

    def test_wrong_password(self) -> None:
        """With a wrong password the bot is refused, and does not call again."""
        self.is_locked_out()
        self.is_locked_out("wrong_password")
        refused = self.failureResultOf(self.opening, Refused).value
        self.reactor.advance(10)

        assert ("wrong_password", 2) == (refused.code, len(self.reactor.tcpClients))
        assert [] == self.reactor.getDelayedCalls()

    def test_on_the_way_back(self) -> None:
        """An expired token is replaced by the password; a wrong password ends the bot."""
        self.reaches().tells(WELCOME)
        bot = self.successResultOf(self.opening)
        closed = self.begins(bot.closed())
        self.server.hangs_up()
        self.reactor.advance(1)
        self.is_locked_out()
        given = self.reaches().texts
        self.server.tells(Error("SERVER", "Bot", "Wrong password", code="wrong_password"))
        self.server.hangs_up()

        assert ["correct horse"] == given
        assert "Wrong password" == self.failureResultOf(closed, Closed).value.reason

    def test_plain_text(self) -> None:
        """The password goes to no other machine in plain text, unless the program says so."""
        for address in ("tcp:192.0.2.1:5555", "tcp:host=chat.example.org:port=5555"):
            self.calls(address)
            error = self.failureResultOf(self.opening, NotSecure).value
            assert "Passwords are not sent unencrypted to another machine" in str(error)
        self.calls("tcp:192.0.2.1:5555", tls=False)

        self.assertNoResult(self.opening)

    def test_claiming_and_being_away(self) -> None:
        """A bot can register its name, and mark itself as away."""
        self.reaches().tells(WELCOME)
        bot = self.successResultOf(self.opening)
        self.server.forgets()
        for doing in (bot.claim("correct horse"), bot.away("asleep"), bot.back()):
            done = self.begins(doing)
            self.server.tells(granted(self.server.hears[-1]["id"]))
            self.successResultOf(done)

        assert [("claim", "correct horse"), ("away", "asleep"), ("back", "")] == [
            (one["status"], one["text"]) for one in self.server.hears
        ]
