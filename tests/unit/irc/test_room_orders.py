"""TOPIC, KICK, INVITE and MODE of channels, with moderators of both kinds of clients."""

from __future__ import annotations

from typing import Any

import pytest

from classchat.limits import Limits
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller


class Class(IRCServer):
    """A server where Alice (IRC) and Jon (JSON) moderate #x; Bob (IRC) and Joy (JSON) are in it.

    Eve (IRC) is not.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits)
        self.alice, self.bob, self.eve = self.irc("Alice", "Bob", "Eve")
        self.jon, self.joy = self.signs_in("Jon", "Joy")
        self.alice.sends("JOIN #x")
        self.settles()
        self.bob.sends("JOIN #x")
        for caller in (self.jon, self.joy):
            caller.sends({"status": "join", "receiver": "x"})
        self.settles()
        self.alice.sends("MODE #x +o Jon")
        self.settles()
        self.forgets()

    def does(self, who: Caller, *lines: str | dict[str, Any]) -> None:
        """Send lines and settle; all clients have forgotten what they read before."""
        self.forgets()
        who.sends(*lines)
        self.settles()


@pytest.fixture
def here() -> Class:
    """Return the server."""
    return Class()


def lines(who: IRCCaller) -> list[str]:
    """Return what a client was sent, without the server's name."""
    return [line.removeprefix(":classchat.server ") for line in who.lines()]


# Moderators of one kind, members of the other: all see the same.


@each_case(
    ("by_irc", "by_json", "irc", "text"),
    [
        (
            "TOPIC #x :Exam",
            {"status": "topic", "receiver": "x", "text": "Exam"},
            "TOPIC #x Exam",
            "has set the topic: Exam",
        ),
        (
            "KICK #x Bob :bye",
            {"status": "kick", "receiver": "x", "user": "Bob", "text": "bye"},
            "KICK #x Bob bye",
            "has kicked Bob: bye",
        ),
        (
            "MODE #x +m",
            {"status": "room", "receiver": "x", "text": "announce"},
            "MODE #x +m",
            "has restricted speaking to moderators",
        ),
        (
            "MODE #x +o Bob",
            {"status": "op", "receiver": "x", "user": "Bob"},
            "MODE #x +o Bob",
            "has made Bob a moderator",
        ),
        (
            "MODE #x +q Bob!*@*",
            {"status": "mute", "receiver": "x", "user": "Bob"},
            "MODE #x +q Bob!*@*",
            "has muted Bob",
        ),
        (
            "MODE #x +b Eve!*@*",
            {"status": "ban", "receiver": "x", "user": "Eve"},
            "MODE #x +b Eve!*@*",
            "has banned Eve",
        ),
    ],
)
def test_all_members_see_the_same(by_irc: str, by_json: dict[str, str], irc: str, text: str) -> None:
    """What a moderator does is the same for all, whichever client the moderator has."""
    seen = []
    for which, order in (("Alice", by_irc), ("Jon", by_json)):
        here = Class()
        who = here.alice if which == "Alice" else here.jon
        here.does(who, order)
        assert [f":{which}!~user@{which} {irc}"] == here.alice.lines() == here.bob.lines()
        seen += here.joy.hears_texts("group")

    assert [f"Alice {text}", f"Jon {text}"] == seen


def test_a_ban_removes_a_member(here: Class) -> None:
    """A banned member is removed from the room, in both kinds of clients."""
    here.does(here.alice, "MODE #x +b Joy!*@*")

    assert [
        ":Alice!~user@Alice MODE #x +b Joy!*@*",
        ":Alice!~user@Alice KICK #x Joy Banned",
    ] == here.bob.lines()
    assert ["banned"] == here.joy.hears_codes()


# TOPIC.


def test_the_topic(here: Class) -> None:
    """A topic is set, shown and removed; formatting is left out, and what is too long is cut."""
    here.does(here.alice, "TOPIC #x", f"TOPIC #x :\x0304Exam\x0f {'x' * 300}")
    shown = lines(here.alice)
    here.does(here.eve, "TOPIC #x")
    seen = lines(here.eve)[0]
    here.does(here.alice, "TOPIC #x :")

    assert "331 Alice #x :No topic is set" == shown[0]
    assert ":Alice!~user@Alice TOPIC #x :Exam " + "x" * 195 == shown[1]
    assert "332 Eve #x :Exam " + "x" * 195 == seen
    assert [":Alice!~user@Alice TOPIC #x :"] == here.bob.lines()


def test_the_same_topic_again(here: Class) -> None:
    """A topic that is set already changes nothing, and says nothing."""
    here.does(here.alice, "TOPIC #x :Exam")
    here.does(here.alice, "TOPIC #x :Exam")

    assert ([], []) == (here.alice.lines(), here.bob.lines())


@each_case(
    ("line", "numeric"),
    [
        ("TOPIC #x :mine", "482"),
        ("TOPIC #nowhere", "403"),
        ("TOPIC #nowhere :mine", "403"),
        ("TOPIC &x", "403"),
        ("TOPIC", "461"),
        ("KICK #x Alice", "482"),
        ("KICK #x nobody", "482"),
        ("KICK #nowhere Alice", "403"),
        ("KICK #x", "461"),
        ("KICK #x,#y Alice", "461"),
        ("INVITE Eve #x", "482"),
        ("INVITE Eve #nowhere", "403"),
        ("INVITE nobody #x", "401"),
        ("INVITE Eve", "461"),
        ("MODE #x +m", "482"),
        ("MODE #x -o Alice", "482"),
        ("MODE #x +ob Bob Alice", "482"),
        ("MODE #x +b Alice!*@*", "482"),
        ("MODE #nowhere +m", "403"),
        ("MODE #nowhere +o Alice", "403"),
        ("MODE", "461"),
    ],
)
def test_what_a_member_may_not(here: Class, line: str, numeric: str) -> None:
    """A member without rights gets exactly one numeric, and nobody sees anything."""
    here.does(here.bob, line)

    assert ([numeric], [], []) == (here.bob.numerics(), here.alice.lines(), here.joy.hears())


@pytest.mark.parametrize(
    "line", ["TOPIC #x :mine", "KICK #x Bob", "INVITE Bob #x", "MODE #x +m", "MODE #x b"]
)
def test_what_somebody_else_may_not(here: Class, line: str) -> None:
    """A user who is not in the room is answered 442."""
    here.does(here.eve, line)

    assert ["442 Eve #x :You're not on that channel"] == lines(here.eve)


# KICK.


def test_several_users_are_kicked(here: Class) -> None:
    """Each user of a list is kicked with a line of its own; the reason is the moderator's name by default."""
    here.does(here.alice, "KICK #x Bob,Joy")

    assert [
        ":Alice!~user@Alice KICK #x Bob Alice",
        ":Alice!~user@Alice KICK #x Joy Alice",
    ] == here.alice.lines()


def test_pairs_of_rooms_and_users(here: Class) -> None:
    """As many rooms as users are pairs."""
    here.does(here.alice, "KICK #x,#x Bob,Joy :bye")

    assert [
        ":Alice!~user@Alice KICK #x Bob bye",
        ":Alice!~user@Alice KICK #x Joy bye",
    ] == here.alice.lines()


def test_no_more_than_four_at_once(here: Class) -> None:
    """The first four are kicked, as TARGMAX says; the client is told who was not."""
    here.does(here.alice, "KICK #x a,b,c,d,Bob,Joy")

    assert [*(["401"] * 4), "407"] == here.alice.numerics()
    assert "407 Alice Bob :Only the first 4 were kicked" == lines(here.alice)[-1]


@pytest.mark.parametrize(
    ("nick", "answer"),
    [
        ("Eve", "441 Alice Eve #x :They aren't on that channel"),
        ("nobody", "401 Alice nobody :No such nick/channel"),
        ("two*words", "401 Alice two*words :No such nick/channel"),
    ],
)
def test_who_can_not_be_kicked(here: Class, nick: str, answer: str) -> None:
    """A user who is not in the room is answered 441, a name without a user 401."""
    here.does(here.alice, f"KICK #x {nick}")

    assert [answer] == lines(here.alice)


def test_a_moderator_kicks_another_one(here: Class) -> None:
    """Another moderator is made a usual member first: both steps are there for all to see."""
    here.does(here.alice, "KICK #x Jon :enough")

    assert [
        ":Alice!~user@Alice MODE #x -o Jon",
        ":Alice!~user@Alice KICK #x Jon enough",
    ] == here.bob.lines()


def test_a_moderator_does_not_kick_an_operator(here: Class) -> None:
    """An operator of the server stays, and nothing changes."""
    jon = here.chat.users.find("Jon")
    assert jon is not None
    jon.operator = True
    here.does(here.alice, "KICK #x Jon")

    assert (["482"], []) == (here.alice.numerics(), here.bob.lines())


# INVITE.


def test_an_invitation(here: Class) -> None:
    """The moderator gets 341, the invited user an INVITE, and the other members nothing."""
    here.does(here.alice, "INVITE eve #X")

    assert ["341 Alice Eve #x"] == lines(here.alice)
    assert [":Alice!~user@Alice INVITE Eve #x"] == here.eve.lines()
    assert [] == here.bob.lines()


def test_an_invitation_that_others_see() -> None:
    """With invite-notify the other members see an invitation; the client that invites reads 341 alone."""
    here = Class()
    alice, carol = here.irc("Anna", "Carol", capabilities=["invite-notify"])
    for each in (alice, carol):
        here.does(each, "JOIN #y")
    here.does(alice, "INVITE Eve #y")

    assert ["341 Anna Eve #y"] == lines(alice)
    assert [":Anna!~user@Anna INVITE Eve #y"] == carol.lines()


def test_an_invitation_from_the_other_kind(here: Class) -> None:
    """An IRC client sees an invitation of a JSON client, and lists it."""
    here.does(here.jon, {"status": "invite", "receiver": "x", "user": "Eve"})
    invited = here.eve.lines()
    here.does(here.eve, "INVITE")

    assert [":Jon!~user@Jon INVITE Eve #x"] == invited
    assert ["336 Eve #x", "337 Eve :End of /INVITE list"] == lines(here.eve)


def test_a_member_needs_no_invitation(here: Class) -> None:
    """INVITE of a user who is in the room is answered 443, also to members who may not invite."""
    here.does(here.alice, "INVITE Joy #x")
    to_moderator = lines(here.alice)
    here.does(here.bob, "INVITE joy #X")

    assert ["443 Alice Joy #x :is already on channel"] == to_moderator
    assert ["443 Bob Joy #x :is already on channel"] == lines(here.bob)


# MODE.


def test_the_modes_of_a_room(here: Class) -> None:
    """MODE shows the modes; `n` and `t` are always on. Everybody who sees the room may ask."""
    here.does(here.alice, "MODE #x +m")
    here.does(here.eve, "MODE #X")

    assert ["324 Eve #x +mnt", "329 Eve #x 1795428000"] == lines(here.eve)


def test_several_changes(here: Class) -> None:
    """The changes of one line are made one after the other, each with a line of its own."""
    here.does(here.alice, "MODE #x +mo-o+q Bob Jon Joy")

    assert [
        ":Alice!~user@Alice MODE #x +m",
        ":Alice!~user@Alice MODE #x +o Bob",
        ":Alice!~user@Alice MODE #x -o Jon",
        ":Alice!~user@Alice MODE #x +q Joy!*@*",
    ] == here.bob.lines()


def test_a_moderator_who_gives_up_the_rights(here: Class) -> None:
    """Changes behind the one that takes the client's own rights are refused, with one line."""
    here.does(here.alice, "MODE #x -o+m-m Alice")

    assert [":Alice!~user@Alice MODE #x -o Alice"] == here.bob.lines()
    assert ["MODE", "482"] == here.alice.numerics()


@pytest.mark.parametrize(
    "line", ["MODE #x -m", "MODE #x +n", "MODE #x +t", "MODE #x -b Eve", "MODE #x +o Jon"]
)
def test_what_is_so_already(here: Class, line: str) -> None:
    """A change that changes nothing is silent."""
    here.does(here.alice, line)

    assert ([], []) == (here.alice.lines(), here.bob.lines())


@each_case(
    ("change", "answer"),
    [
        ("+k key", "696 Alice #x k * :Rooms have no passwords here: set +i and invite users"),
        ("+l 5", "696 Alice #x l * :Rooms have no limit here: set +i and invite users"),
        ("+v Bob", "472 Alice v :is no mode here: in a room with +m moderators speak (+o)"),
        ("+s", "472 Alice s :is no mode here: private rooms (+i) are hidden"),
        ("e", "472 Alice e :is no mode here: a ban is for one user; lift it with -b"),
        ("+I Bob!*@*", "472 Alice I :is no mode here: INVITE admits a user"),
        ("-k key", "472 Alice k :Rooms have no passwords here: set +i and invite users"),
        ("+é", "472 Alice é :is unknown mode char to me"),
        ("+o", "696 Alice #x o * :You must name a user"),
        ("+o nobody", "401 Alice nobody :No such nick/channel"),
        ("-o nobody", "401 Alice nobody :No such nick/channel"),
        ("+o Eve", "441 Alice Eve #x :They aren't on that channel"),
        ("+b *!*@*", "696 Alice #x b *!*@* :A mask must name one user, by nick or host: Bob!*@*"),
        ("+q $a:Bob*", "696 Alice #x q $a:Bob* :A mask must name one user, by nick or host: Bob!*@*"),
    ],
)
def test_changes_that_are_refused(here: Class, change: str, answer: str) -> None:
    """Modes that do not exist here, masks for several users and absent users have their numerics."""
    here.does(here.alice, f"MODE #x {change}")

    assert ([answer], []) == (lines(here.alice), here.bob.lines())


def test_a_topic_of_many_bytes(here: Class) -> None:
    """A topic may have as many characters as TOPICLEN says; clients read what fits in a line."""
    here.does(here.alice, f"TOPIC #x :{'🎉' * 199}e\u0301")
    (told,) = here.bob.lines("TOPIC")
    here.does(here.bob, "TOPIC #x")
    (shown,) = here.bob.lines("332")

    assert "🎉" * 199 == here.chat.rooms.get("x").order.topic
    assert (True, True) == (508 <= len(told.encode()) <= 510, 508 <= len(shown.encode()) <= 510)
    assert {"🎉"} == set(told.split("#x ")[1]) == set(shown.split("#x ")[1])


@pytest.mark.parametrize("change", ["-n", "-t"])
def test_modes_that_are_always_on(here: Class, change: str) -> None:
    """`n` and `t` can't be removed, and the client is told why."""
    here.does(here.alice, f"MODE #x {change}")

    assert ["472"] == here.alice.numerics()


@pytest.mark.parametrize("line", ["MODE #x +vmi Bob", "MODE #x +vim", "MODE #x +im-s"])
def test_a_mode_that_does_not_exist_stops_the_whole_line(here: Class, line: str) -> None:
    """Nothing is changed, and one line is answered: some clients take a name for more modes."""
    here.does(here.alice, line)

    assert ["472"] == here.alice.numerics()
    assert [] == here.bob.lines()
    assert not here.chat.rooms.get("x").order.hushed


def test_a_mask_with_an_impossible_name(here: Class) -> None:
    """A mask that names what can't be a user's name is answered 696."""
    here.does(here.alice, "MODE #x +b SERVER!*@*")

    assert ["696"] == here.alice.numerics()


def test_a_full_list() -> None:
    """A ban for which there is no place is answered 478."""
    here = Class(Limits(orders=3).without_guard())
    here.does(here.alice, "MODE #x +bbbb n1 n2 n3 n4")

    assert 3 == len(here.bob.lines("MODE"))
    assert ["478 Alice #x n4 :Too many banned users in a room: the limit is 3."] == lines(here.alice)[-1:]


def test_the_lists_of_bans_and_mutes(here: Class) -> None:
    """The lists show what is in force, as masks that remove it again, with who has decided it and when."""
    here.clock.advance(7)
    here.does(here.alice, "MODE #x +bq Eve Bob")
    here.does(here.jon, {"status": "ban", "receiver": "x", "user": "Mallory", "seconds": 60})
    here.does(here.bob, "MODE #x b", "MODE #x +q")
    shown = lines(here.bob)
    here.clock.advance(61)
    here.does(here.bob, "MODE #x +b")

    assert [
        "367 Bob #x eve!*@* Alice 7",
        "367 Bob #x mallory!*@* Jon 7",
        "368 Bob #x :End of channel ban list",
        "728 Bob #x q bob!*@* Alice 7",
        "729 Bob #x q :End of channel mute list",
    ] == shown
    assert ["367 Bob #x eve!*@* Alice 7", "368 Bob #x :End of channel ban list"] == lines(here.bob)


def test_a_ban_is_lifted_by_its_mask(here: Class) -> None:
    """The mask of the list lifts a ban, in any case."""
    here.does(here.alice, "MODE #x +b EVE!*@*")
    here.does(here.alice, "MODE #x -b eve!*@*")
    here.does(here.eve, "JOIN #x")

    assert "353" in here.eve.numerics()


def test_a_private_room_of_guests(here: Class) -> None:
    """A guest makes a room private, invites, and steps down: then nobody is invited any more."""
    seen = []
    for line in ("MODE #x +i", "INVITE Eve #x", "MODE #x -o Alice", "INVITE Eve #x"):
        here.does(here.alice, line)
        seen += lines(here.alice)

    assert [
        ":Alice!~user@Alice MODE #x +i",
        "341 Alice Eve #x",
        ":Alice!~user@Alice MODE #x -o Alice",
        "482 Alice #x :You may not do that: only moderators of room 'x' can.",
    ] == seen


def test_a_private_room_of_guests_that_is_over(here: Class) -> None:
    """A day after the guests have left, JOIN creates another room; until then it is answered 473."""
    here.does(here.alice, "MODE #x +i")
    for one in [one for one in here.callers if one is not here.eve]:
        one.drops()
    here.does(here.eve, "JOIN #x")
    refused = here.eve.numerics()
    for _ in range(24 * 60):
        here.clock.advance(60)
        here.does(here.eve, "PING still")
    here.does(here.eve, "JOIN #x", "MODE #x")

    assert ["473"] == refused
    assert "324 Eve #x +nt" in lines(here.eve)
    assert "353 Eve = #x @Eve" in lines(here.eve)


def test_private_and_open(here: Class) -> None:
    """`i` makes a room private and open again, for those with an account."""
    here.does(here.jon, {"status": "claim", "text": "correct horse"})
    here.does(here.alice, "MODE #x +i-i")

    assert [":Alice!~user@Alice MODE #x +i", ":Alice!~user@Alice MODE #x -i"] == here.bob.lines("MODE")


def test_a_private_room_does_not_exist_for_others(here: Class) -> None:
    """Whatever is asked about a private room, others are answered as if there was none."""
    here.does(here.jon, {"status": "claim", "text": "correct horse"})
    here.does(here.alice, "MODE #x +i")
    here.does(
        here.eve,
        "MODE #x",
        "TOPIC #x",
        "NAMES #x",
        "WHO #x",
        "LIST",
        "WHOIS Alice",
        "MODE #x b",
        "KICK #x Bob",
    )

    assert ["403", "403", "366", "315", "321", "323", "403", "403"] == [
        numeric for numeric in here.eve.numerics() if numeric not in ("311", "312", "317", "671", "318")
    ]


def test_a_moderator_who_is_not_in_the_room(here: Class) -> None:
    """A moderator who has left sees what they do, once, as the members do."""
    here.does(here.alice, "PART #x")
    here.does(here.alice, "MODE #x +m", "TOPIC #x :Exam", "MODE #x +b Eve", "KICK #x Joy", "INVITE Bob #x")
    expected = [
        ":Alice!~user@Alice MODE #x +m",
        ":Alice!~user@Alice TOPIC #x Exam",
        ":Alice!~user@Alice MODE #x +b Eve!*@*",
        ":Alice!~user@Alice KICK #x Joy Alice",
    ]

    assert expected == here.bob.lines()
    assert [*expected, "443 Alice Bob #x :is already on channel"] == lines(here.alice)
