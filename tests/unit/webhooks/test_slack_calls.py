"""What programs are sent that are called on a message."""

from __future__ import annotations

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from classchat.webhooks.slack_calls import begins_with, body_of, headers_of, is_url
from tests.tables import each_case


@each_case(
    ("text", "begins"),
    [
        ("!build", True),
        ("!Build 8", True),
        ("!build: now", True),
        ("!build\nnow", True),
        ("!builder", False),
        ("!build_8", False),
        ("!buil", False),
        ("please !build", False),
        ("", False),
    ],
)
def test_a_message_begins_with_a_word(text: str, begins: bool) -> None:
    """The word is the whole first word of the message, in any case."""
    assert begins is begins_with(text, "!build")


def test_the_signature_is_the_one_of_slack() -> None:
    """The example in Slack's documentation has this signature."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgc"
        b"ZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = headers_of(body, "8f742231b10e8888abcd99yyyzzz85a5", 1531420618)

    assert headers["X-Slack-Request-Timestamp"] == "1531420618"
    assert headers["X-Slack-Signature"] == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


@given(st.text(), st.text(min_size=1))
def test_a_form_has_the_message(text: str, user: str) -> None:
    """Whatever is said, a program reads it from the form as it was said."""
    text, user = (one.encode(errors="replace").decode() for one in (text, user))
    fields = parse_qs(body_of("CS350", user, text, "!ci", 1.5).decode(), keep_blank_values=True)

    assert {
        "channel_name": ["CS350"],
        "user_name": [user],
        "text": [text],
        "trigger_word": ["!ci"],
        "timestamp": ["1.500000"],
    } == fields


@each_case(
    "url",
    ["http://ci.example", "https://ci.example:8443/a?b=c", "http://[2001:db8::1]/", "http://10.0.0.1/x"],
)
def test_what_can_be_called(url: str) -> None:
    """URLs of HTTP can be called."""
    assert is_url(url)


@each_case(
    "url",
    [
        "",
        "ci.example/build",
        "ftp://ci.example/",
        "file:///etc/passwd",
        "http:///build",
        "http://user:password@ci.example/",
        "http://ci.example/#there",
        "http://ci.example/a b",
        "http://ci.example\\@10.0.0.1/",
        "http://ci.example:0/",
        "http://ci.example:99999/",
        "http://[::1/",
        "http://ci.example/\r\nX: y",
        "http://prüfstand.example/",
    ],
)
def test_what_can_not_be_called(url: str) -> None:
    """Nothing else can: no other scheme, no password, nothing that parsers read in different ways."""
    assert not is_url(url)
