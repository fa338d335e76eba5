"""The client's command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat import __version__
from classchat.client.arguments import ClientOptions
from classchat.client.settings import Settings
from tests.tables import each_case


def _read(*arguments: str) -> tuple[str | None, int | None, str | None]:
    options = ClientOptions()
    options.parseOptions(list(arguments))
    return options["host"], options["port"], options["name"]


def _refusal(*arguments: str) -> object:
    with pytest.raises(SystemExit) as caught:
        _read(*arguments)
    return caught.value.code


def _sentence(*arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        _read(*arguments)
    assert 2 == caught.value.code
    return str(caught.value)


@each_case(
    ("arguments", "known"),
    [
        ("", (None, None, None)),
        ("--host chat.example.org", ("chat.example.org", None, None)),
        ("--port 8080", (None, 8080, None)),
        ("--name Alice", (None, None, "Alice")),
        ("--host ::1 --port 8080", ("::1", 8080, None)),
        ("--host=h --name=Zoë", ("h", None, "Zoë")),
        ("--port 1 --name Alice", (None, 1, "Alice")),
        ("--host h --port 65535 --name Alice", ("h", 65535, "Alice")),
        ("-h h -p 8080 -n Alice", ("h", 8080, "Alice")),
        ("--host [fe80::1%eth0]", ("fe80::1%eth0", None, None)),
        ("-h h -p8080 --na Alice", ("h", 8080, "Alice")),
        ("chat.example.org --name Alice", ("chat.example.org", 5555, "Alice")),
        ("chat.example.org:1", ("chat.example.org", 1, None)),
        ("localhost 8080", ("localhost", 8080, None)),
        ("localhost 8080 Alice --retry 0", ("localhost", 8080, "Alice")),
        ("[::1]:1 --name Alice --name Alice", ("::1", 1, "Alice")),
        ("-- Alice@h", ("h", 5555, "Alice")),
    ],
)
def test_options(arguments: str, known: tuple[str | None, int | None, str | None]) -> None:
    """Host, port and name can be given one by one and together; missing ones stay unknown."""
    assert known == _read(*arguments.split())


@each_case(
    ("address", "known"),
    [
        ("Alice@localhost", ("localhost", 5555, "Alice")),
        ("Alice@localhost:8080", ("localhost", 8080, "Alice")),
        ("Alice@192.0.2.1:8080", ("192.0.2.1", 8080, "Alice")),
        ("Alice@::1", ("::1", 5555, "Alice")),
        ("Alice@[::1]", ("::1", 5555, "Alice")),
        ("Alice@[::1]:8080", ("::1", 8080, "Alice")),
        ("Alice@[2001:db8::7]:8080", ("2001:db8::7", 8080, "Alice")),
        ("Alice@home@localhost", ("localhost", 5555, "Alice@home")),
        ("Alice@[fe80::1%eth0]", ("fe80::1%eth0", 5555, "Alice")),
        ("Alice@[fe80::1%eth0]:1", ("fe80::1%eth0", 1, "Alice")),
        ("Zoë@fe80::1%eth0", ("fe80::1%eth0", 5555, "Zoë")),
    ],
)
def test_address(address: str, known: tuple[str, int, str]) -> None:
    """An address gives name, host and port; a missing port is the usual one."""
    assert known == _read(address)


FINGERPRINT = f"sha256:{'ab' * 32}"


def _read_security(*arguments: str) -> tuple[str | None, int | None, bool | None, str | None]:
    options = ClientOptions()
    options.parseOptions(list(arguments))
    return options["host"], options["port"], options["encrypted"], options["fingerprint"]


@each_case(
    ("arguments", "known"),
    [
        ("Alice@h", ("h", 5555, None, None)),
        ("--tls Alice@h", ("h", 5555, True, None)),
        ("--no-tls Alice@h", ("h", 5555, False, None)),
        (f"Alice@h#{FINGERPRINT}", ("h", 5555, None, FINGERPRINT)),
        (f"Alice@h:80#{FINGERPRINT.upper()}", ("h", 80, None, FINGERPRINT)),
        (f"Al#ice@[::1]:80#{FINGERPRINT}", ("::1", 80, None, FINGERPRINT)),
        (f"--tls Alice@::1#{FINGERPRINT}", ("::1", 5555, True, FINGERPRINT)),
    ],
)
def test_encryption(arguments: str, known: tuple[str | None, int | None, bool | None, str | None]) -> None:
    """Encryption may be chosen or left open; an address may have a fingerprint."""
    assert known == _read_security(*arguments.split())


def test_address_does_not_undo_the_port() -> None:
    """A given port applies if the address has none."""
    assert ("localhost", 8080, "Alice") == _read("--port", "8080", "Alice@localhost")


@each_case(
    ("arguments", "reason"),
    [
        ("--port x", "--port: 'x' is not a port: give a number from 1 to 65535"),
        ("--port 0", "--port: '0' is not a port: give a number from 1 to 65535"),
        ("Alice@h:65536", "'65536' is not a port: give a number from 1 to 65535"),
        ("Alice@[::1]:x", "'x' is not a port: give a number from 1 to 65535"),
        ("--tls --no-tls Alice@h", "Choose either --tls or --no-tls"),
        (
            f"--no-tls Alice@h#sha256:{'0' * 64}",
            "A fingerprint needs TLS: leave out the fingerprint, or use TLS",
        ),
        (
            "Alice@h#sha256:12",
            "'sha256:12' is not a fingerprint: give sha256: and the 64 digits that the server shows",
        ),
        ("Alice@h#", "'' is not a fingerprint: give sha256: and the 64 digits that the server shows"),
        ("Alice@", "'' is not a host: give a name such as chat.example.org, or an address"),
        ("Alice@:5555", "'' is not a host: give a name such as chat.example.org, or an address"),
        ("--host a@b", "--host: 'a@b' is not a host: give a name such as chat.example.org, or an address"),
        ("@localhost", "Unknown server '@localhost'. Known servers: none"),
        ("--name {}", "--name: A user name is needed: letters, digits, '.', '_' or '-', without spaces"),
        ("Alice@h Bob@h", "Unexpected argument 'Bob@h': give one address, such as NAME@HOST:PORT"),
        ("Alice@h 1 x", "Unexpected argument 'x': give one address, such as NAME@HOST:PORT"),
        ("h 1 Alice x", "Unexpected argument 'x': give one address, such as NAME@HOST:PORT"),
        ("h 65536", "'65536' is not a port: give a number from 1 to 65535"),
        ("NAME@h", "Replace 'NAME' with your own name, such as Alice@HOST"),
        ("<name>@h", "Replace '<name>' with your own name, such as Alice@HOST"),
        ("--name NAME", "--name: Replace 'NAME' with your own name, such as Alice@HOST"),
        ("Alice@HOST:1", "Replace 'HOST' with the address of the server"),
        ("--bel=off --bell off --bell=x", "--bell is given twice, with 'off' and 'x'"),
        ("--bel x", "--bell: 'x' is not a choice for the bell: use off, mention or all"),
        ("--port 1 -p 2", "--port is given twice, with '1' and '2'"),
        ("--port 1 Alice@h:2", "--port is given twice, with '1' and '2'"),
        ("--name Bob Alice@h", "--name is given twice, with 'Bob' and 'Alice'"),
        ("Alice@h --host i", "--host is given twice, with 'i' and 'h'"),
        ("Alice@h:1:2", "'h:1:2' is not a host: give a name such as chat.example.org, or an address"),
        ("Alice@[z::1]:2", "'z::1' is not a host: give a name such as chat.example.org, or an address"),
        ("http://h:1", "'http://h:1' is not a host: give a name such as chat.example.org, or an address"),
        ("--tls=yes", "--tls takes no value"),
        ("--name --tls", "--name needs a value: --name NAME"),
        ("--colour", "Unknown option --colour: did you mean --no-color?"),
        ("--xyz", "Unknown option --xyz"),
        ("--name", "--name needs a value: --name NAME"),
    ],
)
def test_mistake(arguments: str, reason: str) -> None:
    """A mistake gives one sentence, and ends the process."""
    told = _sentence(*arguments.split())

    assert f"classchat: {reason}" == told.removesuffix(" See classchat --help.").removesuffix(".")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The version is printed, and nothing else."""
    assert 0 == _refusal(option)
    assert f"ClassChat {__version__}\n" == capsys.readouterr().out


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help shows how to give an address, and every option."""
    assert 0 == (_refusal("--help") or 0)
    shown = capsys.readouterr().out

    assert all(word in shown for word in ("NAME@HOST", "--host", "--port", "--name", "--version"))


@pytest.mark.parametrize(
    ("given", "seconds"), [([], 300.0), (["--retry", "0"], 0.0), (["--retry=86400"], 86_400.0)]
)
def test_retry(given: list[str], seconds: float) -> None:
    """The time to reconnect is five minutes by default, and at most a day."""
    options = ClientOptions()
    options.parseOptions(given)

    assert seconds == options["retry"]


@each_case("text", ["-1", "86401", "soon", "1.5", "", "٣", "9" * 5000])
def test_retry_that_is_no_time(text: str) -> None:
    """Other values are refused in one sentence."""
    refusal = _sentence("--retry", text)

    assert refusal.startswith("classchat: --retry: '")
    assert refusal.endswith("' is not a number of seconds: give one from 0 to 86400. See classchat --help.")


# A password.


@pytest.fixture
def password(tmp_path: Path) -> str:
    """Return a file with a password."""
    path = tmp_path / "password"
    path.touch(mode=0o600)
    path.write_bytes(b"\xef\xbb\xbfcorrect horse\r\n")
    return str(path)


def test_password_file(password: str) -> None:
    """A password is read from a file; without a file there is none."""
    options = ClientOptions()
    options.parseOptions(["--password-file", password, "Alice@localhost"])
    without = ClientOptions()
    without.parseOptions(["Alice@localhost"])

    assert ("correct horse", None) == (options["password"], without["password"])


def test_password_file_that_is_none() -> None:
    """A file that can't be read is reported before the client calls a server."""
    assert "--password-file: Can't read the password in /no/file: No such file or directory" in _sentence(
        "--password-file", "/no/file"
    )
    assert "--password-file: Give the name of the file that holds the password" in _sentence(
        "--password-file", ""
    )


@each_case(
    ("arguments", "known"),
    [
        ([], True),
        (["--port", "1"], True),
        (["Alice@chat.example.org"], True),
        (["Alice@evil.example.org"], False),
        (["Bob@chat.example.org"], False),
        (["--host", "evil.example.org"], False),
        (["@other"], False),
        (["@school"], True),
        (["@school", "--name", "Bob"], False),
        (["@school", "--host", "evil.example.org"], False),
    ],
)
def test_whose_password_it_is(password: str, arguments: list[str], known: bool) -> None:
    """The password in the settings is for one name on one server, and is sent to no other."""
    options = ClientOptions(
        Settings(
            {"host": "chat.example.org", "name": "Alice", "password-file": password},
            {
                "school": {"host": "10.0.0.1", "name": "A", "password-file": password},
                "other": {"host": "10.0.0.2", "name": "Alice"},
            },
        )
    )
    options.parseOptions(arguments)

    assert ("correct horse" if known else None) == options["password"]


def test_the_command_line_comes_before_a_server_of_the_settings() -> None:
    """The command line comes before config.toml."""
    options = ClientOptions(Settings({}, {"school": {"host": "10.0.0.1", "port": 6000, "name": "A"}}))
    options.parseOptions(["@school", "--name", "Bob"])

    assert ("10.0.0.1", 6000, "Bob") == (options["host"], options["port"], options["name"])


def test_password_file_of_the_settings_that_is_none() -> None:
    """Invalid settings are not a mistake in the command line: the exit code is 1."""
    options = ClientOptions(Settings({"host": "h", "name": "Alice", "password-file": "/no/file"}))
    with pytest.raises(SystemExit) as caught:
        options.parseOptions(["Alice@h"])

    assert "classchat: Can't read the password in /no/file: No such file or directory." == caught.value.code


def test_without_settings_there_is_no_password() -> None:
    """Without a server there is no password either."""
    options = ClientOptions(Settings({"password-file": "/no/file"}))
    options.parseOptions(["Alice@localhost"])

    assert options["password"] is None
