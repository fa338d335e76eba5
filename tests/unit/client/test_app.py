"""The whole client, from the first question to the exit code, with a server that the test plays."""

from __future__ import annotations

from typing import Any

from twisted.internet import error
from twisted.internet.interfaces import IHostnameResolver
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from classchat.client.link.trust import NotSecure
from classchat.messages import Group, Private, Success
from tests.tables import each_case
from tests.unit.client.helpers import BANNER, ERASE, Client, granted, refused, signed_in, welcome

HOST_PROMPT = "Enter server IP address (default: 127.0.0.1): "
PORT_PROMPT = "Enter server port (default: 5555): "
NAME_PROMPT = "Enter your username: "
CONNECTED = "[CLIENT] Connected to server at 127.0.0.1:5555"
DISCONNECTED = "[CLIENT] Disconnected from server"
NOT_KNOWN = "[ERROR] The input ended before the server and your name were given"

HELLO = Group("Bob", "CS350", "Hello")


@implementer(IHostnameResolver)
class _NoNames:
    """A resolver that knows no host."""

    def resolveHostName(self, receiver: Any, *arguments: object, **options: object) -> _NoNames:
        """Fail at once."""
        receiver.resolutionBegan(self)
        receiver.resolutionComplete()
        return self


class AskingTests(SynchronousTestCase):
    """The three questions."""

    def test_asks_one_after_the_other(self) -> None:
        """Server, port and name are asked for, in the first version's words."""
        client = Client(None, None, None)
        client.starts()
        screens = [client.screen]
        for answer in ("192.0.2.1", "8080", "Alice"):
            client.clears_screen()
            client.types(answer)
            screens.append(client.screen)

        assert [HOST_PROMPT, PORT_PROMPT, NAME_PROMPT, ""] == screens
        assert [8080] == [port for _, port in client.calls]

    def test_defaults(self) -> None:
        """Enter takes the default: this machine, and the usual port."""
        client = Client(None, None, None)
        client.starts()
        client.types("", "", "Alice")
        server = client.reaches()

        assert [("127.0.0.1", 5555)] == client.calls
        assert [b"Alice\n"] == server.transport.writes
        assert f"{CONNECTED}\n" in client.screen

    def test_answers_are_trimmed(self) -> None:
        """Spaces around an answer are ignored."""
        client = Client(None, None, None)
        client.starts()
        client.types("  127.0.0.1 ", " 8080\t", " Alice ")

        assert [("127.0.0.1", 8080)] == client.calls
        assert [b"Alice\n"] == client.reaches().transport.writes

    def test_wrong_answers_of_a_person(self) -> None:
        """A person gets the reason for a refused answer, and is asked again."""
        client = Client(None, None, None)
        client.starts()
        client.types("two words", "", "x", "0", "", "", "Alice")

        assert (
            f"{HOST_PROMPT}[ERROR] 'two words' is not a host: "
            "give a name such as chat.example.org, or an address\n"
            f"{HOST_PROMPT}{PORT_PROMPT}[ERROR] 'x' is not a port: give a number from 1 to 65535\n"
            f"{PORT_PROMPT}[ERROR] '0' is not a port: give a number from 1 to 65535\n"
            f"{PORT_PROMPT}{NAME_PROMPT}"
            "[ERROR] A user name is needed: letters, digits, '.', '_' or '-', without spaces\n"
            f"{NAME_PROMPT}"
        ) == client.screen
        assert [("127.0.0.1", 5555)] == client.calls
        assert client.exit_code is None

    def test_wrong_answer_of_a_script(self) -> None:
        """A script gets the reason for a refused answer, and ends."""
        client = Client(None, None, None, person=False)
        client.starts()
        client.types("", "x")

        assert ["[ERROR] 'x' is not a port: give a number from 1 to 65535"] == client.lines
        assert (1, True) == (client.exit_code, client.is_over)

    def test_nothing_follows_a_wrong_answer_of_a_script(self) -> None:
        """The lines of a script after a wrong answer are not used: the client calls no server."""
        client = Client(None, None, None, person=False)
        client.starts()
        client.pipes("", "x", "5555", "Alice", "/rooms")

        assert ["[ERROR] 'x' is not a port: give a number from 1 to 65535"] == client.lines
        assert [] == client.calls

    def test_script_sees_no_prompt(self) -> None:
        """A script's answers are taken in the same order, and nothing is shown of the questions."""
        client = Client(None, None, None, person=False)
        client.starts()
        client.pipes("", "8080", "Alice")

        assert [("127.0.0.1", 8080)] == client.calls
        assert "" == client.screen

    def test_input_ends(self) -> None:
        """A script that ends before everything is known gets the reason."""
        client = Client(None, None, None, person=False)
        client.starts()
        client.pipes("", "8080")

        assert [NOT_KNOWN] == client.lines
        assert (1, True) == (client.exit_code, client.is_over)

    def test_person_ends_input(self) -> None:
        """Ctrl+D at a question ends the client."""
        client = Client(None, None, None)
        client.starts()
        client.ends_input()
        client.shuts_down()
        client.reads_everything()

        assert f"{HOST_PROMPT}{ERASE}{NOT_KNOWN}\n" == client.screen
        assert (1, True) == (client.exit_code, client.is_gone)

    def test_ctrl_c(self) -> None:
        """Ctrl+C at a question leaves cleanly, on a line of its own."""
        client = Client(None, None, None)
        client.starts()
        client.presses_ctrl_c()
        client.shuts_down()
        client.reads_everything()

        assert f"{HOST_PROMPT}\n" == client.screen
        assert (0, True) == (client.exit_code, client.is_gone)


@each_case(
    ("host", "port", "name", "prompts"),
    [
        (None, 5555, "Alice", [HOST_PROMPT]),
        ("127.0.0.1", None, "Alice", [PORT_PROMPT]),
        ("127.0.0.1", 5555, None, [NAME_PROMPT]),
        ("127.0.0.1", None, None, [PORT_PROMPT, NAME_PROMPT]),
        (None, 5555, None, [HOST_PROMPT, NAME_PROMPT]),
        ("127.0.0.1", 5555, "Alice", []),
    ],
)
def test_asks_only_what_is_not_given(
    host: str | None, port: int | None, name: str | None, prompts: list[str]
) -> None:
    """Values from the command line are not asked for."""
    client = Client(host, port, name)
    client.starts()
    for prompt in prompts:
        client.types("Alice" if prompt == NAME_PROMPT else "")

    assert "".join(prompts) == client.screen
    assert [("127.0.0.1", 5555)] == client.calls


class ConnectingTests(SynchronousTestCase):
    """From calling the server to its welcome, or to none."""

    def setUp(self) -> None:
        """Start with a known server."""
        self.client = Client(person=False)

    def test_calls_the_server(self) -> None:
        """The client calls host and port, and takes no line before the welcome."""
        client = Client(port=8080)
        client.starts()

        assert [("127.0.0.1", 8080)] == client.calls
        assert client.stdio.paused

    def test_unknown_host(self) -> None:
        """An unknown host gives a sentence."""
        client = Client(host="nowhere.invalid", person=False)
        client.reactor.installNameResolver(_NoNames())
        client.starts()

        assert ["[ERROR] Unknown host: check the address nowhere.invalid:5555"] == client.lines
        assert (1, True) == (client.exit_code, client.is_over)

    def test_ctrl_c_while_calling(self) -> None:
        """Ctrl+C stops calling, and the client leaves cleanly."""
        self.client.starts()
        self.client.presses_ctrl_c()
        self.client.shuts_down()
        self.client.reads_everything()

        assert [] == self.client.lines
        assert self.client.gave_up_calling
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_welcome(self) -> None:
        """After the welcome the first version's screen is shown, to the letter, with a prompt."""
        client = Client()
        client.starts()
        server = client.reaches()
        server.tells(welcome())

        assert f"{CONNECTED}\n[SUCCESS] Welcome to ClassChat, Alice!\n{BANNER}\nYou: " == client.screen
        assert not client.stdio.paused

    def test_lines_wait_for_the_welcome(self) -> None:
        """Lines that were piped before the welcome are sent after it, in order."""
        self.client.starts()
        server = self.client.reaches()
        self.client.pipes("/create CS350", "/group CS350 Hello")
        server.forgets()
        before = server.hears
        server.tells(welcome())

        assert [] == before
        assert ["create", "group"] == [request["status"] for request in server.hears]

    def test_output_is_throttled_by_its_reader(self) -> None:
        """The server is read no faster than the output; when it is gone the output has no producer."""
        self.client.starts()
        server = self.client.reaches()
        producer, streaming = self.client.stdio.producer, self.client.stdio.streaming
        producer.pauseProducing()
        states = [server.transport.producerState]
        producer.resumeProducing()
        states.append(server.transport.producerState)
        server.hangs_up()

        assert (["paused", "producing"], True) == (states, streaming)
        assert self.client.stdio.producer is None

    def test_refusal(self) -> None:
        """A taken name is refused in the server's words, and the client ends."""
        self.client.starts()
        server = self.client.reaches()
        server.tells(refused(None, "Username already taken. Please try another."))
        self.client.shuts_down()
        server.hangs_up()
        self.client.reads_everything()

        assert [CONNECTED, "[ERROR] Username already taken. Please try another."] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_refusal_with_control_sequences(self) -> None:
        """A refusal is as harmless to the terminal as any other text."""
        self.client.starts()
        self.client.reaches().tells(refused(None, "\x1b[2JNo\n[SUCCESS] Yes"))

        assert [CONNECTED, "[ERROR] \ufffd[2JNo", "    [SUCCESS] Yes"] == self.client.lines

    def test_no_answer(self) -> None:
        """A server that does not answer within 5 seconds is given up on."""
        self.client.starts()
        server = self.client.reaches()
        self.client.waits(5)
        self.client.shuts_down()
        server.hangs_up()
        self.client.reads_everything()

        assert [
            CONNECTED,
            "[ERROR] Registration timed out: the server did not answer within 5 seconds",
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_answer_that_is_no_message(self) -> None:
        """Another kind of server is reported as not a ClassChat server."""
        self.client.starts()
        self.client.reaches().sends(b"HTTP/1.1 400 Bad Request\r\n")

        assert [
            CONNECTED,
            "[ERROR] This is not a ClassChat server: check the address and port",
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_over)

    def test_hang_up_before_the_answer(self) -> None:
        """A server that closes the connection during the sign-in is gone."""
        self.client.starts()
        self.client.reaches().hangs_up()

        assert [CONNECTED, DISCONNECTED] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_over)

    def test_ctrl_c_while_signing_in(self) -> None:
        """Ctrl+C before the welcome closes the connection at once, and the client leaves cleanly."""
        self.client.starts()
        server = self.client.reaches()
        self.client.presses_ctrl_c()
        self.client.shuts_down()
        aborted = server.aborted
        server.hangs_up()
        self.client.reads_everything()

        assert aborted
        assert (0, True) == (self.client.exit_code, self.client.is_gone)


@each_case(
    ("failure", "sentence"),
    [
        (error.ConnectionRefusedError(), "Connection refused: is the server running at 127.0.0.1:5555?"),
        (error.TimeoutError(), "No answer from 127.0.0.1:5555: check the address, and the firewall there"),
        (NotSecure("The server does not encrypt"), "The server does not encrypt"),
        (
            error.NoRouteError(string="no route"),
            f"Can't connect to 127.0.0.1:5555: {error.NoRouteError(string='no route')}",
        ),
    ],
)
def test_server_that_is_not_there(failure: Exception, sentence: str) -> None:
    """The reason why a server can't be reached is a sentence, and the exit code is 1."""
    client = Client(person=False)
    client.starts()
    client.does_not_reach(failure)
    client.shuts_down()
    client.reads_everything()

    assert [f"[ERROR] {sentence}"] == client.lines
    assert (1, True) == (client.exit_code, client.is_over)
    assert client.is_gone


class TalkingTests(SynchronousTestCase):
    """Alice in a conversation, with a server of ours."""

    def setUp(self) -> None:
        """Sign in."""
        self.client, self.server = signed_in()

    def test_what_others_say(self) -> None:
        """Each message is a line."""
        self.server.tells(
            HELLO, Private("Bob", "Alice", "Hey"), Group("SERVER", "CS350", "Bob has left the chat room")
        )

        assert [
            "[CS350 - Bob] Hello",
            "[Private from Bob] Hey",
            "[CS350] Bob has left the chat room",
        ] == self.client.lines

    def test_granted(self) -> None:
        """That a request was granted is shown."""
        self.client.types("/create CS350")
        self.server.tells(granted("1", "Chat room 'CS350' created successfully"))

        assert ["[SUCCESS] Chat room 'CS350' created successfully"] == self.client.lines

    def test_granted_without_a_request(self) -> None:
        """A success without a known request is shown."""
        self.server.tells(granted(None, "You have joined 'CS350'"))

        assert ["[SUCCESS] You have joined 'CS350'"] == self.client.lines

    def test_confirmed(self) -> None:
        """Confirmations of messages and of `quit` are not shown."""
        self.client.types("/group CS350 Hello", "/private Bob Hey", "/quit")
        self.client.shuts_down()
        self.server.tells(*(granted(str(id)) for id in (1, 2, 3)))

        assert ["group", "private", "quit"] == [request["status"] for request in self.server.hears]
        assert [] == self.client.lines

    def test_refused(self) -> None:
        """A refused message is shown as an error."""
        self.client.types("/group CS350 Hello", "/private Bob Hey")
        self.server.tells(
            refused("2", "User 'Bob' not found or offline"), refused("1", "Chat room 'CS350' does not exist")
        )

        assert [
            "[ERROR] User 'Bob' not found or offline",
            "[ERROR] Chat room 'CS350' does not exist",
        ] == self.client.lines

    def test_refused_at_a_terminal(self) -> None:
        """A person gets a refused message back, whole, unless it stands in the line above."""
        client, server = signed_in(person=True)
        client.types(f"/group CS350 {'x' * 200}")
        server.tells(HELLO, refused("1", "Chat room 'CS350' does not exist"))
        client.types("/private Bob Hey")
        server.tells(refused("2", "User 'Bob' not found or offline"))

        assert [
            "[CS350 - Bob] Hello",
            "[ERROR] Chat room 'CS350' does not exist",
            f"[CLIENT] Not sent: /group CS350 {'x' * 200}",
            "[ERROR] User 'Bob' not found or offline",
        ] == client.screen.replace(ERASE, "").replace("You: ", "").splitlines()

    def test_wrong_command(self) -> None:
        """A wrong or incomplete command gets its usage or a hint, and is not sent."""
        self.client.types("/join", "/xyzzy", "Hello?")

        assert [
            "[ERROR] Usage: /join <room_name>",
            "[ERROR] Unknown command '/xyzzy'. All commands: /help",
            "[ERROR] Commands start with '/'. To talk: /group ROOM TEXT or /private NAME TEXT. All commands:"
            " /help",
        ] == self.client.lines
        assert [] == self.server.hears

    def test_help(self) -> None:
        """The list of commands is shown, and nothing is sent."""
        self.client.types("/help")

        assert ["ClassChat Commands:", "  /group <room_name> <message>   - Send group message"] == [
            self.client.lines[0],
            self.client.lines[3],
        ]
        assert [] == self.server.hears

    def test_blank_lines(self) -> None:
        """Enter alone shows nothing."""
        self.client.types("", "   ")

        assert ([], []) == (self.client.lines, self.server.hears)

    def test_too_long_line(self) -> None:
        """A line that no server takes is refused by the client; the next one is sent."""
        self.client.types(f"/group CS350 {'x' * 70_000}", "/join CS350")

        assert ["[ERROR] Not sent: the line is too long (at most 65536 bytes)"] == self.client.lines
        assert ["join"] == [request["status"] for request in self.server.hears]

    def test_message_above_the_prompt(self) -> None:
        """Messages of other users are shown above the line being typed."""
        client, server = signed_in(person=True)
        server.tells(HELLO)
        client.types("/join CS350")
        server.tells(granted("1", "You have joined 'CS350'"))

        assert (
            f"{ERASE}[CS350 - Bob] Hello\nYou: You: {ERASE}[SUCCESS] You have joined 'CS350'\nYou: "
        ) == client.screen

    def test_back_pressure(self) -> None:
        """With 256 open requests no further line is read, until one is answered."""
        self.client.types(*(f"/group CS350 {number}" for number in range(300)))
        sent, paused = len(self.server.hears), self.client.stdio.paused
        self.server.tells(granted("1"))

        assert (256, True) == (sent, paused)
        assert [str(number) for number in range(257)] == self.server.texts
        assert self.client.stdio.paused

    def test_back_pressure_ends(self) -> None:
        """When the server has caught up, lines are read at once."""
        self.client.types(*(f"/group CS350 {number}" for number in range(300)))
        self.server.tells(*(granted(str(id)) for id in range(1, 201)))

        assert [str(number) for number in range(300)] == self.server.texts
        assert not self.client.stdio.paused


class LeavingTests(SynchronousTestCase):
    """Every way to end, and its exit code."""

    def setUp(self) -> None:
        """Sign in."""
        self.client, self.server = signed_in()

    def ends(self) -> None:
        """End: the reactor stops, the server closes the connection, the output is read."""
        self.client.shuts_down()
        self.server.hangs_up()
        self.client.reads_everything()

    def test_quit(self) -> None:
        """`/quit` is sent to the server, and the exit code is 0; lines after it are not sent."""
        self.client.pipes("/quit", "/join CS350")
        self.ends()

        assert ["quit"] == [request["status"] for request in self.server.hears]
        assert (0, True, True) == (self.client.exit_code, self.client.is_over, self.client.is_gone)

    def test_quit_at_the_prompt(self) -> None:
        """After `/quit` the last line stands below what was typed, without a prompt."""
        self.client, self.server = signed_in(person=True)
        self.client.types("/quit")
        self.client.clears_screen()
        self.ends()

        assert f"{DISCONNECTED}\n" == self.client.screen

    def test_quitting_takes_two_seconds_at_most(self) -> None:
        """A server that does not close the connection is disconnected."""
        self.client.types("/quit")
        self.client.shuts_down()
        self.client.waits(2.1)

        assert self.server.aborted

    def test_leaving_waits_for_the_server_and_the_reader(self) -> None:
        """The client runs until the server has closed the connection and the output is read."""
        self.client.types("/quit")
        self.client.shuts_down()
        left = [self.client.has_left]
        self.server.hangs_up()
        left.append(self.client.has_left)
        self.client.reads_everything()
        left.append(self.client.has_left)

        assert [False, False, True] == left

    def test_reader_that_does_not_read(self) -> None:
        """A reader that does not read the rest within two seconds does not keep the client running."""
        self.client.types("/quit")
        self.client.shuts_down()
        self.server.hangs_up()
        self.client.waits(2.1)

        assert self.client.is_gone

    def test_end_of_input_waits_for_answers(self) -> None:
        """A script leaves at the end of its input, when everything is answered."""
        self.client.pipes("/group CS350 Hello", "/private Bob Hey")
        over = [self.client.is_over]
        self.server.tells(granted("1"))
        over.append(self.client.is_over)
        self.server.tells(refused("2", "User 'Bob' not found or offline"))
        over.append(self.client.is_over)
        self.ends()

        assert [False, False, True] == over
        assert "quit" == self.server.hears[-1]["status"]
        assert (0, True) == (self.client.exit_code, self.client.is_gone)
        assert "[ERROR] User 'Bob' not found or offline" == self.client.lines[0]

    def test_end_of_input_waits_for_all_lines(self) -> None:
        """A script of more lines than may be open is sent whole before the client leaves."""
        self.client.pipes(*(f"/group CS350 {number}" for number in range(600)))
        for id in range(1, 601):
            self.server.tells(granted(str(id)))
        self.ends()

        assert [str(number) for number in range(600)] == self.server.texts[:600]
        assert [601, "quit"] == [len(self.server.hears), self.server.hears[-1]["status"]]
        assert 0 == self.client.exit_code

    def test_end_of_input_with_nothing_asked(self) -> None:
        """Ctrl+D, or an empty script, leaves at once."""
        self.client.ends_input()

        assert (0, True) == (self.client.exit_code, self.client.is_over)

    def test_what_is_said_while_waiting_is_shown(self) -> None:
        """A script gets the messages that come before its last answer."""
        self.client.pipes("/users")
        self.server.tells(HELLO, Success("SERVER", "Alice", "Online: Alice, Bob", id="1"))

        assert ["[CS350 - Bob] Hello", "[SUCCESS] Online: Alice, Bob"] == self.client.lines

    def test_answers_that_do_not_come(self) -> None:
        """After 30 seconds without an answer a script gives up, and says how many answers are missing."""
        self.client.pipes("/rooms", "/users")
        self.client.waits(29.9)
        before = self.server.aborted
        self.client.waits(0.2)
        self.server.hangs_up()

        assert not before
        assert [
            "[ERROR] The server did not answer 2 of your requests",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_over)

    def test_mute_server_and_more_lines_than_may_be_open(self) -> None:
        """A script whose end is never read, because the server does not answer, gives up as well."""
        self.client.types(*(f"/group CS350 {number}" for number in range(300)))
        self.client.waits(29.9)
        before = self.server.aborted
        self.client.waits(0.2)
        paused = self.client.stdio.paused
        aborted = self.server.aborted
        self.server.hangs_up()
        self.client.shuts_down()
        self.client.reads_everything()

        assert (False, True, True) == (before, paused, aborted)
        assert [
            "[ERROR] The server did not answer 256 of your requests",
            *[f"[CLIENT] Not confirmed: /group CS350 {number}" for number in range(256)],
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True, True) == (self.client.exit_code, self.client.is_over, self.client.is_gone)

    def test_mute_server_at_the_prompt(self) -> None:
        """A person also gets a sentence after 30 seconds without an answer."""
        self.client, self.server = signed_in(person=True)
        self.client.types("/rooms")
        self.client.clears_screen()
        self.client.waits(30.1)
        self.server.hangs_up()

        assert (
            f"{ERASE}[ERROR] The server did not answer 1 of your requests\n{DISCONNECTED}\n"
        ) == self.client.screen
        assert (1, True) == (self.client.exit_code, self.client.is_over)

    def test_reader_who_takes_a_minute(self) -> None:
        """A slow reader (`classchat … | less`) does not make the client give up on the server."""
        self.client.types("/rooms", "/users")
        self.client.stdio.producer.pauseProducing()
        self.client.waits(60)
        self.client.stdio.producer.resumeProducing()
        self.server.tells(granted("1", "a"), granted("2", "b"))

        assert (["[SUCCESS] a", "[SUCCESS] b"], None) == (self.client.lines, self.client.exit_code)

    def test_server_gone_while_waiting(self) -> None:
        """A script whose answers can't come any more gets a sentence, and fails."""
        self.client.pipes("/rooms", "/users")
        self.server.hangs_up()

        assert [
            "[ERROR] The server did not answer 2 of your requests",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_over)

    def test_server_gone(self) -> None:
        """When the server is gone the client says so, and fails."""
        self.server.hangs_up()
        self.client.shuts_down()
        self.client.reads_everything()

        assert [DISCONNECTED] == self.client.lines
        assert (1, True, True) == (self.client.exit_code, self.client.is_over, self.client.is_gone)

    def test_server_shuts_down(self) -> None:
        """The server's reason for leaving is shown before the end."""
        self.server.tells(refused(None, "The server is shutting down. Please come back later."))
        self.server.hangs_up()

        assert [
            "[ERROR] The server is shutting down. Please come back later.",
            DISCONNECTED,
        ] == self.client.lines

    def test_server_gone_at_the_prompt(self) -> None:
        """The last line replaces the prompt, and no prompt follows it."""
        self.client, self.server = signed_in(person=True)
        self.server.hangs_up()
        self.client.shuts_down()
        self.client.reads_everything()

        assert f"{ERASE}{DISCONNECTED}\n" == self.client.screen

    def test_lines_after_the_server_is_gone(self) -> None:
        """Lines typed after the end do nothing."""
        self.server.hangs_up()
        self.server.forgets()
        self.client.clears_screen()
        self.client.pipes("/rooms", "Hello?")

        assert ([], []) == (self.client.lines, self.server.hears)

    def test_ctrl_c(self) -> None:
        """Ctrl+C quits, closes the terminal, and ends with exit code 0."""
        self.client.presses_ctrl_c()
        self.client.shuts_down()
        asked = [request["status"] for request in self.server.hears]
        self.server.hangs_up()
        closing = self.client.stdio.disconnecting
        self.client.reads_everything()

        assert (["quit"], True) == (asked, closing)
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_ctrl_c_twice(self) -> None:
        """A second Ctrl+C, or one after `/quit`, changes nothing."""
        self.client.types("/quit")
        self.client.presses_ctrl_c()
        self.client.presses_ctrl_c()
        self.ends()

        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_over_when_the_reactor_is_stopped_already(self) -> None:
        """To end in the same turn in which the reactor was stopped is harmless."""
        self.client.reactor.stop()
        self.client.types("/quit")
        self.ends()

        assert ["quit"] == [request["status"] for request in self.server.hears]
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_reactor_stopped_by_something_else(self) -> None:
        """A client whose reactor stops leaves the server properly."""
        self.ends()

        assert ["quit"] == [request["status"] for request in self.server.hears]
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_no_prompt_after_ctrl_c(self) -> None:
        """Later events are shown, but without a prompt."""
        self.client, self.server = signed_in(person=True)
        self.client.presses_ctrl_c()
        self.client.shuts_down()
        self.server.tells(HELLO)
        self.server.hangs_up()

        assert f"{ERASE}[CS350 - Bob] Hello\n{DISCONNECTED}\n" == self.client.screen

    def test_no_line_after_ctrl_c(self) -> None:
        """Lines that wait for answers are not sent, and no further line is read."""
        self.client.types(*(f"/group CS350 {number}" for number in range(300)))
        self.client.presses_ctrl_c()
        self.client.shuts_down()
        self.server.tells(granted("1"), granted("2"))

        assert ["group"] * 256 + ["quit"] == [request["status"] for request in self.server.hears]
        assert self.client.stdio.paused

    def test_ctrl_c_while_waiting_for_answers(self) -> None:
        """A person who stops waiting gets exit code 0."""
        self.client.pipes("/rooms")
        self.client.presses_ctrl_c()
        self.ends()

        assert (0, True) == (self.client.exit_code, self.client.is_gone)
        assert [DISCONNECTED] == self.client.lines

    def test_nobody_reads_the_output(self) -> None:
        """Without a reader of the output (`classchat … | head -1`) the client ends with exit code 1."""
        self.client.stops_reading()
        self.client.shuts_down()
        self.server.hangs_up()
        self.client.waits(2.1)

        assert (1, True, True) == (self.client.exit_code, self.client.is_over, self.client.is_gone)
        assert ["quit"] == [request["status"] for request in self.server.hears]


class FirstVersionTests(SynchronousTestCase):
    """Alice in a conversation, with a server of the first version."""

    def setUp(self) -> None:
        """Sign in."""
        self.client, self.server = signed_in(first_version=True)

    def test_answers_are_shown(self) -> None:
        """Every success is shown, because no `id` says which request it answers."""
        self.client.types("/join CS350")
        self.server.tells(granted(None, "You have joined 'CS350'"))

        assert ["[SUCCESS] You have joined 'CS350'"] == self.client.lines

    def test_unknown_request(self) -> None:
        """A request that an old server does not know is refused by the client."""
        self.client.types("/rooms")

        assert ["[ERROR] This server is too old for that command"] == self.client.lines
        assert [] == self.server.hears

    def test_one_at_a_time(self) -> None:
        """While a request waits for its turn no further line is taken; an answer continues."""
        self.client.types(*(f"/group CS350 {number}" for number in range(4)))
        first, paused = self.server.texts, self.client.stdio.paused
        self.server.tells(granted(None))

        assert (["0"], True) == (first, paused)
        assert ["0", "1"] == self.server.texts

    def test_typing_goes_on_without_answers(self) -> None:
        """A server that does not answer gets each request 100 ms after the last one."""
        self.client.types(*(f"/private Bob {number}" for number in range(4)))
        self.client.waits(0.5)

        assert [str(number) for number in range(4)] == self.server.texts
        assert not self.client.stdio.paused

    def test_script_without_answers(self) -> None:
        """A script is sent whole, and leaves with exit code 0 after two silent seconds."""
        self.client.pipes(*(f"/private Bob {number}" for number in range(4)))
        self.client.waits(2)
        before = self.client.is_over
        self.client.waits(0.5)

        assert [str(number) for number in range(4)] == self.server.texts
        assert (False, True, 0) == (before, self.client.is_over, self.client.exit_code)

    def test_script_with_answers(self) -> None:
        """With answers it goes faster, and waits as long at the end."""
        self.client.pipes("/create CS350", "/group CS350 Hello")
        self.server.tells(granted(None, "Chat room 'CS350' created successfully"))
        self.server.tells(Group("Alice", "CS350", "Hello"))
        self.client.waits(1.9)
        before = self.client.is_over
        self.client.waits(0.2)
        self.client.shuts_down()
        self.server.hangs_up()
        self.client.reads_everything()

        assert [
            "[SUCCESS] Chat room 'CS350' created successfully",
            "[CS350 - Alice] Hello",
            DISCONNECTED,
        ] == self.client.lines
        assert ["create", "group", "quit"] == [request["status"] for request in self.server.hears]
        assert (False, 0, True) == (before, self.client.exit_code, self.client.is_gone)

    def test_server_gone_with_requests_unsent(self) -> None:
        """A script gets the number of requests that were never sent."""
        self.client.pipes("/join CS350", "/join CS351")
        self.server.hangs_up()

        assert 1 == self.client.exit_code
        assert DISCONNECTED == self.client.lines[-1]

    def test_server_gone_when_all_is_sent(self) -> None:
        """The outcome of sent requests is unknown, and nothing is shown about it."""
        self.client.pipes("/join CS350")
        self.client.waits(1)
        self.server.hangs_up()

        assert [DISCONNECTED] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_over)


class ExitTests(SynchronousTestCase):
    """The exit code, and where the reason for the end is written."""

    def test_strict(self) -> None:
        """With `strict` the exit code is 1 if any request was refused or could not be sent; else it is 0."""
        for strict, line, answer, code in (
            (True, "/join x", refused("1", "Chat room 'x' does not exist"), 1),
            (False, "/join x", refused("1", "Chat room 'x' does not exist"), 0),
            (True, "/join x", granted("1"), 0),
            (True, "/xyzzy", None, 1),
            (False, "/xyzzy", None, 0),
        ):
            client = Client(person=False, strict=strict)
            client.starts()
            server = client.reaches()
            server.welcomes()
            client.pipes(line)
            if answer is not None:
                server.tells(answer)

            assert code == client.exit_code

    def test_why_it_is_over(self) -> None:
        """If programs read the output, only the server's own reasons for the end are part of it."""
        for tell, shown in ((False, []), (True, [CONNECTED, "[ERROR] Username already taken."])):
            client = Client(person=False, errors_apart=True)
            client.starts()
            if tell:
                client.reaches().tells(refused(None, "Username already taken."))
            else:
                client.app.unreachable(Failure(error.ConnectionRefusedError()))

            assert shown == client.lines
            assert client.app.last_words is not None
            assert client.app.last_words.startswith(
                "[ERROR] Username" if tell else "[ERROR] Connection refused"
            )
