"""Earlier messages: /history and /search, from what is typed to what is shown."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from classchat.messages import Error, Group, Private, Success
from tests.unit.client.helpers import granted, signed_in, welcome

WHOM = "[ERROR] Which room or user? Usage: /history <room|user> [N|2h]"


def said(seq: int, time: str = "1970-01-01T10:04:05.678Z") -> Group:
    """Return an earlier message of Bob in CS350."""
    return Group("Bob", "CS350", f"line {seq}", seq=seq, time=time, replay=True)


class RecallingTests(SynchronousTestCase):
    """Alice, at a server with a journal; it is midnight at the beginning of 1970 in UTC."""

    def setUp(self) -> None:
        """Sign in."""
        self.client, self.server = signed_in()

    def asks(self, line: str) -> dict[str, Any]:
        """Type a line, and return the request."""
        self.client.types(line)
        return self.server.hears[-1]

    def answers(self, *events: Group | Private, **more: Any) -> None:
        """Answer the last request."""
        id = self.server.hears[-1]["id"]
        self.server.tells(*events, Success("SERVER", "Alice", "2 messages of 'CS350'", id=id, **more))

    def test_history(self) -> None:
        """Messages are shown with their times; those of another day with the date."""
        asked = self.asks("/history CS350 2")
        self.answers(said(1, "1969-12-31T23:59:00.000Z"), said(2))

        assert ("history", "CS350", 2) == (asked["status"], asked["receiver"], asked["limit"])
        assert [
            "[CS350 - Bob] (1969-12-31 23:59) line 1",
            "[CS350 - Bob] (10:04) line 2",
            "[SUCCESS] 2 messages of 'CS350'",
        ] == self.client.lines

    def test_history_of_a_person(self) -> None:
        """The user's own private messages are shown as sent."""
        self.asks("/history Bob")
        time = "1970-01-01T10:04:05.678Z"
        self.answers(
            Private("Bob", "Alice", "Hey", seq=1, time=time, replay=True),
            Private("alice", "Bob", "Hey, Bob", seq=2, time=time, replay=True),
        )

        assert ["[Private from Bob] (10:04) Hey", "[Private to Bob] (10:04) Hey, Bob"] == self.client.lines[
            :2
        ]

    def test_a_person_and_a_room_of_one_name(self) -> None:
        """`@Bob` is the user, and so is Bob after a private message to Bob."""
        asked = [self.asks(line) for line in ("/history @Bob 5", "/history Bob", "/history #Bob 2h")]
        self.client.types("/private Bob psst")
        asked.append(self.asks("/history"))
        self.client.types("/group Bob hello")
        asked.append(self.asks("/history"))

        assert [("Bob", person) for person in (True, None, None, True, None)] == [
            (one["receiver"], one.get("private")) for one in asked
        ]

    def test_times_that_are_none(self) -> None:
        """A message with an invalid time is shown without one."""
        self.asks("/history CS350")
        self.answers(said(1, "yesterday"), said(2, ""))

        assert ["[CS350 - Bob] line 1", "[CS350 - Bob] line 2"] == self.client.lines[:2]

    def test_since(self) -> None:
        """A duration is counted back from now."""
        self.client.waits(3 * 3600.5)
        asked = self.asks("/history CS350 2h")

        assert ("1970-01-01T01:00:01.500000Z", 1000) == (asked["since"], asked["limit"])

    def test_whose(self) -> None:
        """Without a name the last conversation is meant, or else the only room."""
        self.client.types("/history")
        whose = []
        for room in ("CS350", "Lab"):
            self.client.types(f"/join {room}")
            self.server.tells(granted(self.server.hears[-1]["id"]))
            whose.append(self.asks("/history 5")["receiver"] if room == "CS350" else "")
        self.client.clears_screen()
        self.client.types("/history")
        two_rooms = self.client.lines
        for line in ("/group Lab x", "/private Bob x"):
            self.client.types(line)
            whose.append(self.asks("/history")["receiver"])

        assert (["CS350", "", "Lab", "Bob"], [WHOM]) == (whose, two_rooms)

    def test_more(self) -> None:
        """If there are more messages, a line says how to see them."""
        shown = []
        for line in ("/history CS350", "/history CS350 2h", "/search x"):
            self.asks(line)
            self.client.clears_screen()
            self.answers(said(7), more=True, before=3)
            shown.append(self.client.lines[-1])

        assert [
            "[CLIENT] More older messages: /history more",
            "[CLIENT] More later messages: /history more",
            "[CLIENT] More results: /search more",
        ] == shown

    def test_the_next_page_of_a_history(self) -> None:
        """The next page has as many messages, and begins where the last one ended."""
        first = self.asks("/history @Bob 2")
        self.answers(said(8), said(9), more=True)
        second = self.asks("/history more")
        self.answers(said(6), said(7), more=True)
        third = self.asks("/HISTORY More")
        self.answers(said(5))
        self.client.types("/history more")

        pages = (first, second, third)
        assert [(2, None), (2, 8), (2, 6)] == [(one["limit"], one.get("before")) for one in pages]
        assert [("Bob", True)] * 3 == [(one["receiver"], one["private"]) for one in pages]
        assert self.client.lines[-1].startswith("[ERROR] No more messages")

    def test_the_next_page_before_the_last_one_is_here(self) -> None:
        """The next page is asked for when its begin is known; later lines wait for that."""
        self.client.types("/history CS350 2", "/history more", "/history more", "/rooms")
        asked = [len(self.server.hears)]
        self.answers(said(8), said(9), more=True)
        asked.append(len(self.server.hears))
        self.answers(said(7))
        last = self.server.hears[-1]

        assert [1, 2, 3] == [*asked, len(self.server.hears)]
        assert [None, 8] == [one.get("before") for one in self.server.hears[:2]]
        assert "rooms" == last["status"]
        assert self.client.lines[-1].startswith("[ERROR] No more messages")

    def test_a_page_that_is_waited_for_on_the_way_back(self) -> None:
        """If the connection is lost, the next page is asked for when the last one has arrived again."""
        client, server = signed_in(person=True, retry=300)
        client.types("/history CS350 2", "/history more")
        server.hangs_up()
        client.types("/history more")
        client.waits(2)
        server = client.reaches()
        server.tells(welcome())
        server.tells(granted(server.hears[-1]["id"], "pong"))
        again = server.hears[-1]["id"]
        server.tells(said(8), said(9), Success("SERVER", "Alice", "2 messages", id=again, more=True))

        assert "[ERROR] Not connected: try again when the connection is back" in client.screen
        assert [("history", None), ("history", 8)] == [
            (one["status"], one.get("before")) for one in server.hears[-2:]
        ]

    def test_the_next_page_of_a_history_since_a_time(self) -> None:
        """The next page continues after the last message."""
        self.asks("/history CS350 2h")
        self.answers(said(8), said(9), more=True)
        asked = self.asks("/history more")

        assert (9, None, 1000) == (asked["after"], asked.get("since"), asked["limit"])

    def test_the_next_page_of_a_search(self) -> None:
        """The next page of a search uses the number from the server, and the same filters."""
        self.asks("/search from:@Bob in:CS350 exercise")
        self.answers(said(9), said(8), more=True, before=77)
        asked = self.asks("/search more")
        self.answers(said(7))
        self.client.types("/search more")

        assert (77, "exercise", "Bob", "CS350") == (
            asked["before"],
            asked["text"],
            asked["user"],
            asked["receiver"],
        )
        assert self.client.lines[-1].startswith("[ERROR] No more results")

    def test_what_is_found_comes_newest_last(self) -> None:
        """The server sends the newest first; the newest is shown last, above the answer."""
        self.asks("/search line")
        self.answers(said(9), said(8), said(7))

        assert [
            *[f"[CS350 - Bob] (10:04) line {number}" for number in (7, 8, 9)],
            "[SUCCESS] 2 messages of 'CS350'",
        ] == self.client.lines

    def test_two_requests_at_once(self) -> None:
        """Results are kept for the answer; new messages are shown at once."""
        self.client.types("/search line", "/history CS350 1", "/search x")
        search, history, other = (one["id"] for one in self.server.hears)
        self.server.tells(said(2), Group("Bob", "CS350", "now", seq=10), said(1))
        self.server.tells(Success("SERVER", "Alice", "2 found", id=search))
        self.server.tells(said(5), Success("SERVER", "Alice", "1 message", id=history, more=True))
        self.server.tells(Error("SERVER", "Alice", "No", id=other))
        asked = self.asks("/history more")

        lines = ["now", "(10:04) line 1", "(10:04) line 2", "2 found", "(10:04) line 5", "1 message"]
        assert lines == [line.partition("] ")[2] for line in self.client.lines[:6]]
        assert 5 == asked["before"]

    def test_nothing_more(self) -> None:
        """On the last page nothing is said about a next one."""
        self.asks("/history CS350")
        self.answers(more=False)

        assert ["[SUCCESS] 2 messages of 'CS350'"] == self.client.lines

    def test_deleted(self) -> None:
        """If older messages were deleted, a line says so."""
        self.asks("/history CS350")
        self.answers(oldest=17)

        assert "[CLIENT] Older messages were deleted" == self.client.lines[-1]

    def test_search(self) -> None:
        """Words are sent as they are, and results are shown with their place and time."""
        asked = self.asks('/search "exercise 3" OR x')
        self.answers(Private("Bob", "Alice", "exercise 3", seq=1, time="", replay=True), said(7))

        assert ("search", '"exercise 3" OR x', "") == (asked["status"], asked["text"], asked["receiver"])
        assert ["[CS350 - Bob] (10:04) line 7", "[Private from Bob] exercise 3"] == self.client.lines[:2]

    def test_what_was_heard_is_shown_again(self) -> None:
        """A history may show messages that were shown before."""
        self.client.types("/join CS350")
        self.server.tells(Success("SERVER", "Alice", "", id="1", epoch="e", seq=0))
        self.server.tells(Group("Bob", "CS350", "line 1", seq=1))
        self.client.clears_screen()
        self.asks("/history")
        self.answers(said(1))

        assert "[CS350 - Bob] (10:04) line 1" == self.client.lines[0]

    def test_refused(self) -> None:
        """A refusal is shown as any."""
        self.asks("/history CS350")
        self.server.tells(Error("SERVER", "Alice", "You are not a member of room 'CS350'", id="1"))

        assert ["[ERROR] You are not a member of room 'CS350'"] == self.client.lines

    def test_first_version(self) -> None:
        """A server of the first version is not asked."""
        client, server = signed_in(first_version=True)
        client.types("/history CS350", "/search x")

        assert ["[ERROR] This server is too old for that command"] * 2 == client.lines
        assert [] == server.hears
