"""TAGMSG, and tags of messages, that are for the programs of other users."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classchat.limits import Limits, Rate
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.irc.test_talking import in_room, with_json

TAGS = ("message-tags",)
ECHO = ("message-tags", "echo-message", "labeled-response", "batch")


def without_ids(lines: Sequence[str]) -> list[str]:
    """Return lines without the ids of messages, which the server makes."""
    return [
        re.sub(r"(?<=[@;])msgid=[^; ]+;?", "", line).replace("@ ", "").replace("; ", " ") for line in lines
    ]


def id_in(line: str) -> str:
    """Return the id of a message."""
    found = re.search(r"[@;]msgid=([^; ]+)", line)
    assert found, line
    return found[1]


def mixed() -> tuple[IRCServer, IRCCaller, IRCCaller, IRCCaller]:
    """Return a server, Alice and Bob whose clients read tags, and Carol whose client does not; all in x."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob", capabilities=ECHO)
    (carol,) = server.irc("Carol", capabilities=("server-time",))
    for caller in (alice, bob, carol):
        caller.sends("JOIN #x")
        server.settles()
    server.forgets()
    return server, alice, bob, carol


def test_a_signal_to_a_room() -> None:
    """Members whose clients read tags get it with the tags of clients, all others get nothing."""
    server, alice, bob, carol = mixed()
    json = with_json(server, "Json")
    alice.sends(r"@+typing=active;+draft/x=a\:b;label=7;other=1 TAGMSG #x")
    server.settles()

    (echo,), (line,) = alice.lines(), bob.lines()
    assert [r"@label=7;+typing=active;+draft/x=a\:b :Alice!~user@Alice TAGMSG #x"] == without_ids([echo])
    assert [r"@+typing=active;+draft/x=a\:b :Alice!~user@Alice TAGMSG #x"] == without_ids([line])
    assert id_in(echo) == id_in(line)
    assert [] == carol.lines()
    assert [] == json.hears()


def test_a_signal_without_echo_message() -> None:
    """The sender gets nothing back, or ACK where the line has a label."""
    server = IRCServer()
    (alice,) = server.irc("Alice", capabilities=("message-tags", "labeled-response", "batch"))
    alice.sends("JOIN #x")
    server.settles()
    server.forgets()
    alice.sends("@+typing=active TAGMSG #x", "@label=7;+typing=done TAGMSG #x")
    server.settles()

    assert ["@label=7 :classchat.server ACK"] == alice.lines()


def test_a_signal_to_a_user() -> None:
    """It goes to the user's clients alone; to oneself it comes twice, and one of them has the label."""
    server, alice, bob, carol = mixed()
    alice.sends("@+draft/react=👍🏽;+draft/reply=x TAGMSG Bob", "@+a=1 TAGMSG Carol")
    alice.sends("@label=1;+a=2 TAGMSG Alice")
    server.settles()

    assert ["@+draft/react=👍🏽;+draft/reply=x :Alice!~user@Alice TAGMSG Bob"] == without_ids(bob.lines())
    assert [] == carol.lines()
    assert [
        "@+draft/react=👍🏽;+draft/reply=x :Alice!~user@Alice TAGMSG Bob",
        "@+a=1 :Alice!~user@Alice TAGMSG Carol",
        "@+a=2 :Alice!~user@Alice TAGMSG Alice",
        "@label=1;+a=2 :Alice!~user@Alice TAGMSG Alice",
    ] == without_ids(alice.lines())


def test_a_signal_to_several_targets() -> None:
    """It goes to each of up to four, once; they are answered together."""
    server, alice, bob, _ = mixed()
    alice.sends("@label=1;+a=2 TAGMSG #x,Bob,#x,Nobody,Carol,Bob2,#x2")
    server.settles()

    assert ["BATCH", "TAGMSG", "TAGMSG", "TAGMSG", "BATCH"] == alice.numerics()
    assert ["#x", "Bob"] == sorted(line.split(" ")[-1] for line in bob.lines())


def test_signals_have_different_ids() -> None:
    """Each has an id of its own, which is none of a stored message."""
    server, alice, bob, _ = mixed()
    alice.sends("@+typing=active TAGMSG #x", "@+typing=active TAGMSG #x", "PRIVMSG #x :Hi")
    server.settles()

    assert 3 == len({id_in(line) for line in bob.lines()})


def test_nothing_that_is_wrong_with_a_signal_is_answered() -> None:
    """No user has typed it: a room or user that does not exist, a service, or no tag at all."""
    server, alice, bob, _ = mixed()
    for target in ("#nowhere", "Nobody", "#a+b", "NickServ", "SERVER", "Class", ","):
        alice.sends(f"@+typing=active TAGMSG {target}")
    alice.sends("TAGMSG #x", "@typing=active TAGMSG #x", "@+ty%ping=1;+=1;+a_b=2;+a/b/c=3 TAGMSG #x")
    server.settles()

    assert [] == alice.lines()
    assert [] == bob.lines()


def test_nor_may_muted_users_signal() -> None:
    """Where a user may not speak, the program may not either, and is told nothing."""
    server, alice, bob, _ = mixed()
    alice.sends("MODE #x +q Bob")
    server.settles()
    server.forgets()
    bob.sends("@+typing=active TAGMSG #x", "@label=1;+typing=active TAGMSG #x")
    server.settles()

    assert [] == alice.lines()
    assert ["@label=1 :classchat.server ACK"] == bob.lines()


def test_tags_of_a_message() -> None:
    """The tags of clients go with it to clients that read tags, in rooms and to users, also of a notice."""
    server, alice, bob, carol = mixed()
    json = with_json(server, "Json")
    alice.sends("@+a NOTICE Bob :Hi", "@+draft/reply=x;y=z PRIVMSG #x :Hi")
    alice.sends("@+b=1 PRIVMSG #x :\x01ACTION waves\x01")
    server.settles()

    assert [
        "@+a :Alice!~user@Alice NOTICE Bob :Hi",
        "@+draft/reply=x :Alice!~user@Alice PRIVMSG #x :Hi",
        "@+b=1 :Alice!~user@Alice PRIVMSG #x :\x01ACTION waves\x01",
    ] == without_ids(bob.lines())
    assert all("+" not in line for line in carol.lines("PRIVMSG"))
    assert ["Hi", "* Alice waves"] == json.hears_texts("group")


def test_tags_are_only_passed_on_live() -> None:
    """They are not stored: a client that reads the history gets the message without them."""
    server, (alice, bob) = in_room("Alice", "Bob", capabilities=(*TAGS, "batch", "draft/chathistory"))
    alice.sends("@+draft/reply=x PRIVMSG #x :Hi")
    server.settles()
    server.forgets()
    bob.sends("CHATHISTORY LATEST #x * 10")
    server.settles()

    (line,) = bob.lines("PRIVMSG")
    assert "+draft" not in line


def test_a_client_without_message_tags_sends_none() -> None:
    """What it writes before a message is not passed on, and its signals go nowhere."""
    server, alice, bob, carol = mixed()
    carol.sends("@+typing=active TAGMSG #x", "@+draft/reply=x PRIVMSG #x :Hi")
    server.settles()

    assert [":Carol!~user@Carol PRIVMSG #x :Hi"] == without_ids(alice.lines()) == without_ids(bob.lines())


def test_tags_of_a_message_of_several_lines() -> None:
    """A batch has them on the line that begins it; other clients get them on each line."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob", capabilities=(*ECHO, "draft/multiline"))
    (carol,) = server.irc("Carol", capabilities=TAGS)
    for caller in (alice, bob, carol):
        caller.sends("JOIN #x")
        server.settles()
    server.forgets()
    alice.sends("@+a=1 BATCH +7 draft/multiline #x", "@batch=7;+b=2 PRIVMSG #x :one")
    alice.sends("@batch=7 PRIVMSG #x :two")
    alice.sends("BATCH -7")
    server.settles()

    first, *others = bob.lines()
    assert "+a=1" in first
    assert all("+" not in line.split(" ")[0] for line in others)
    one, two = carol.lines()
    assert "+a=1" in one
    assert "+a=1" in two
    assert "msgid" not in two


def test_long_tags_of_many_lines() -> None:
    """Tags that would make a message of many lines far larger are on its first line alone."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob", capabilities=TAGS)
    for caller in (alice, bob):
        caller.sends("JOIN #x")
        server.settles()
    server.forgets()
    alice.sends(f"@+a={'1' * 4_000} PRIVMSG #x :{'long ' * 700}")
    server.settles()

    first, *others = bob.lines()
    assert "+a=1" in first
    assert len(others) > 5
    assert all("+a" not in line for line in others)


@each_case("value", ["a\x02b", r"a\r\nPRIVMSG", "a\u2028b", "a\x85b", r"\\\:\s", "a\x00"])
def test_nothing_is_smuggled_in_a_tag(value: str) -> None:
    """Whatever the value of a tag is, others get one line, without any control character."""
    server, alice, bob, _ = mixed()
    alice.sends(f"@+a={value} TAGMSG #x")
    server.settles()

    (line,) = bob.lines()
    assert [line] == line.splitlines()
    assert line.isprintable()


def test_a_tag_keeps_what_joins_an_emoji() -> None:
    """An emoji of several people arrives whole."""
    server, alice, bob, _ = mixed()
    alice.sends("@+draft/react=👨\u200d👩\u200d👧 TAGMSG #x")
    server.settles()

    assert "+draft/react=👨\u200d👩\u200d👧 " in bob.lines()[0]


def test_tags_of_exactly_the_longest() -> None:
    """Tags of 4,096 bytes arrive whole; with a byte more the line is refused."""
    server, alice, bob, _ = mixed()
    longest = f"@foo=bar;+baz={'a' * 4_081} "
    assert 4_096 == len(longest)
    alice.sends(f"{longest}TAGMSG #x", f"@a{longest[1:]}TAGMSG #x")
    server.settles()

    assert ["TAGMSG", "417"] == alice.numerics()
    assert ["TAGMSG"] == bob.numerics()
    assert "a" * 4_081 in bob.lines()[0]


def test_signals_are_limited_as_messages() -> None:
    """They count towards the rate limit of messages."""
    server = IRCServer(Limits(messages=Rate(3, 1.0)))
    alice, bob = server.irc("Alice", "Bob", capabilities=TAGS)
    alice.sends(*["@+typing=active TAGMSG Bob"] * 5)
    server.settles()

    assert 3 == len(bob.lines())


def test_a_signal_shows_the_account_the_bot_and_the_time() -> None:
    """It has the tags that a message of the same user has."""
    server = IRCServer()
    (bot,) = server.irc("Alice", capabilities=TAGS)
    (bob,) = server.irc("Bob", capabilities=("message-tags", "server-time", "account-tag"))
    bot.sends("MODE Alice +B", f"PRIVMSG NickServ :REGISTER {'p' * 12}")
    server.settles()
    server.forgets()
    bot.sends("@+a=1 TAGMSG Bob")
    server.settles()

    (line,) = bob.lines()
    assert "account=Alice;bot;draft/bot;" in line
    assert line.startswith("@time=")
