"""`classchat invite`: what it hands out."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat import invite
from classchat.invite import InviteOptions, lines_for
from classchat.probing import Answering, Certain
from classchat.reachable import Reachable
from tests.tables import each_case

OWN = Certain("sha256:ab", (), False)
PAGE = Answering(("http", "https"), OWN)


def _options(*words: str) -> InviteOptions:
    options = InviteOptions()
    options.parseOptions(words)
    return options


def test_a_room_and_two_addresses() -> None:
    """The link, the projector's, the line for terminals, and the other links are printed, all to the room."""
    found = [
        Reachable("192.168.1.20", 5555, PAGE),
        Reachable("10.0.0.7", 5555, PAGE),
        Reachable("b", 1, Answering((), OWN)),
    ]

    assert [
        "Browser:   http://192.168.1.20:5555/#%C3%9Cbung",
        "           (not encrypted: for guests, without passwords)",
        "Projector: http://192.168.1.20:5555/show#%C3%9Cbung",
        "Terminal:  classchat NAME@192.168.1.20:5555#sha256:ab",
        "           then type: /join Übung",
        "Also:      http://10.0.0.7:5555/#%C3%9Cbung",
    ] == list(lines_for(found, "Übung"))


def test_only_this_machine() -> None:
    """If only this machine can use the link, the last line says so and how to let others in."""
    assert [
        "Browser:   http://127.0.0.1:5556/",
        "Projector: http://127.0.0.1:5556/show",
        "Terminal:  classchat NAME@127.0.0.1:5556#sha256:ab",
        "Only this machine can use them. To let other machines in, start the server with:"
        " classchat serve 0.0.0.0 5556",
    ] == list(lines_for([Reachable("127.0.0.1", 5556, PAGE)], None))


@pytest.mark.parametrize(
    ("certificate", "room", "line"),
    [
        (OWN, None, "IRC:       a, port 5555, with TLS"),
        (None, "CS350", "IRC:       a, port 5555, without TLS, then /join #CS350"),
    ],
)
def test_a_server_for_irc_clients(certificate: Certain | None, room: str | None, line: str) -> None:
    """The line for IRC clients has the address and the port, and says whether to use TLS."""
    found = [Reachable("a", 5555, Answering((), certificate, irc=True))]

    assert line == list(lines_for(found, room))[-1]


def test_a_server_without_a_page() -> None:
    """Without a page there is the line for terminals, and a sentence."""
    assert [
        "This server has no page for browsers: people join from a terminal.",
        "Terminal:  classchat NAME@a:1#sha256:ab",
    ] == list(lines_for([Reachable("a", 1, Answering((), OWN))], None))


class Drawn(list[tuple[str, bool]]):
    """The links whose codes were printed, and whether on request."""

    def __call__(self, link: str, always: bool) -> None:
        """Record a code."""
        self.append((link, always))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Return the codes that are drawn, with a server only at 127.0.0.1 and 192.0.2.7."""
    codes = Drawn()
    monkeypatch.setattr(invite, "print_code", codes)
    monkeypatch.setattr(invite, "probe", lambda host, port: PAGE)
    monkeypatch.setattr(invite, "own_addresses", lambda: ["192.0.2.7"])
    return codes


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["CS350"], [("http://192.0.2.7:5555/#CS350", False)]),
        (["CS350", "-p", "80"], [("http://192.0.2.7/#CS350", False)]),
        (["CS350", "--host", "127.0.0.1"], []),
        (["CS350", "--host", "localhost", "--qr"], [("http://localhost:5555/#CS350", True)]),
        (["--host", "[2001:db8::1]"], [("http://[2001:db8::1]:5555/", False)]),
        (["CS350", "--url", "https://school.example/chat"], [("https://school.example/chat/#CS350", False)]),
    ],
)
def test_the_code(
    drawn: Drawn, words: list[str], codes: list[tuple[str, bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The code holds the printed link; a link that only this machine can use has no code."""
    invite.run(_options(*words))

    assert codes == drawn
    assert all(f"Browser:   {link}\n" in capsys.readouterr().out for link, _ in codes)


def test_behind_a_proxy(drawn: Drawn, capsys: pytest.CaptureFixture[str]) -> None:
    """The link to a proxy is the operator's: there is no line for terminals, which can't use it."""
    invite.run(_options("CS350", "--url", "https://school.example/chat/"))

    assert (
        "Browser:   https://school.example/chat/#CS350\nProjector: https://school.example/chat/show#CS350\n"
    ) == capsys.readouterr().out


def test_a_picture(drawn: Drawn, tmp_path: Path) -> None:
    """A picture is saved even of a link that only this machine can use: it was asked for."""
    invite.run(_options("--host", "127.0.0.1", "--svg", str(tmp_path / "code.svg")))

    assert (tmp_path / "code.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(("words", "code"), [([], None), (["--svg", "x.svg"], 1)])
def test_no_page(drawn: Drawn, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int | None) -> None:
    """Without a page there is no code, and a picture that was asked for is refused."""
    monkeypatch.setattr(invite, "probe", lambda host, port: Answering((), OWN))
    ending = None
    try:
        invite.run(_options(*words))
    except SystemExit as error:
        ending = error.code

    assert ([], code and "classchat: Without a page there is no QR code.") == (drawn, ending)


@each_case(
    ("words", "sentence"),
    [
        (["a room"], "classchat: ROOM: 'a room' is not allowed as a room name."),
        (["server"], "classchat: ROOM: 'server' is not allowed as a room name."),
        (["--url", "school.example"], "classchat: --url: 'school.example' is not a link to a page such as"),
        (["--url", "ftp://school.example/"], "classchat: --url: 'ftp://school.example/' is not a link"),
        (["--url", "https://a/?b"], "classchat: --url: 'https://a/?b' is not a link"),
        (["--url", "https://a/#b"], "classchat: --url: 'https://a/#b' is not a link"),
        (["--url", "https://u@a/"], "classchat: --url: 'https://u@a/' is not a link"),
        (["--url", "https://[a/"], "classchat: --url: 'https://[a/' is not a link"),
        (["--url", "https://a:99999/"], "classchat: --url: 'https://a:99999/' is not a link"),
        (["--url", "https://ä/"], "classchat: --url: 'https://ä/' is not a link"),
        (["--host", "a", "--url", "https://a/"], "classchat: --url can't be used with --host"),
        (["--port", "0"], "classchat: --port: '0' is not a port"),
        (["--host", "a b"], "classchat: --host: 'a b' is not a host"),
        (["--svg", "classchat.sqlite"], "classchat: --svg would overwrite the journal: choose another file."),
        (["CS350", "CS351"], "classchat: Unexpected argument 'CS351'"),
    ],
)
def test_mistakes(words: list[str], sentence: str) -> None:
    """A wrong command line ends with a sentence that says what is wrong."""
    with pytest.raises(SystemExit) as caught:
        _options(*words)

    assert str(caught.value).startswith(sentence)
