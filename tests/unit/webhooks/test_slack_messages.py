"""What programs post that know Slack, as messages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.webhooks.slack_messages import NoMessage, PostedMessage, read
from tests.tables import each_case

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


def text_of(payload: Any) -> str:
    """Return the text of what is posted as JSON."""
    return read(json.dumps(payload).encode(), JSON).text


def test_text_and_name() -> None:
    """The usual message has a text and a name."""
    body = b'{"text": "Build failed", "username": "CI", "icon_emoji": ":x:", "channel": "#dev"}'

    assert PostedMessage("Build failed", "CI") == read(body, JSON)


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", "Application/X-WWW-Form-Urlencoded"])
def test_a_form_has_the_message_in_a_field(kind: str) -> None:
    """The field `payload` of a form is the JSON, as scripts with `curl --data-urlencode` send it."""
    body = urlencode({"payload": '{"text": "100 % & more"}'}).encode()

    assert "100 % & more" == read(body, kind).text


@pytest.mark.parametrize("kind", [FORM, "", "text/plain"])
def test_json_counts_as_such_whatever_it_is_called(kind: str) -> None:
    """`curl -d '{…}'` calls its JSON a form; it is taken all the same, and so is a byte order mark."""
    assert "Hello" == read(b'{"text": "Hello"}', kind).text
    assert "Hello" == read(b'\xef\xbb\xbf{"text": "Hello"}', JSON).text


@each_case(
    ("blocks", "text"),
    [
        ([{"type": "header", "text": {"type": "plain_text", "text": "A <b> & c"}}], "A <b> & c"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "<http://x|y>"}}], "y (http://x)"),
        (
            [
                {
                    "type": "section",
                    "fields": [{"type": "mrkdwn", "text": "A"}, {"type": "mrkdwn", "text": "B"}],
                }
            ],
            "A\nB",
        ),
        (
            [
                {
                    "type": "context",
                    "elements": [{"type": "image", "alt_text": "x"}, {"type": "mrkdwn", "text": "y"}],
                }
            ],
            "x y",
        ),
        ([{"type": "divider"}, {"type": "image", "image_url": "http://x", "alt_text": "a cat"}], "a cat"),
        (
            [
                {
                    "type": "rich_text",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [
                                {"type": "text", "text": "See "},
                                {"type": "link", "url": "http://x", "text": "this"},
                                {"type": "emoji", "name": "tada"},
                            ],
                        },
                        {
                            "type": "rich_text_list",
                            "elements": [
                                {
                                    "type": "rich_text_section",
                                    "elements": [{"type": "text", "text": word}],
                                }
                                for word in ("one", "two")
                            ],
                        },
                    ],
                }
            ],
            "See this (http://x):tada:\none\ntwo",
        ),
    ],
)
def test_blocks_are_shown_as_texts(blocks: Any, text: str) -> None:
    """The texts of blocks are lines; they replace the text, which is there for notifications."""
    assert text == text_of({"text": "for notifications", "blocks": blocks})


def test_blocks_without_a_text_leave_the_text() -> None:
    """Where no block has a text, the text is shown."""
    assert "Hello" == text_of({"text": "Hello", "blocks": [{"type": "divider"}]})


def test_an_alert_of_grafana() -> None:
    """What Grafana sends is an attachment: its title with its link, its text and its fields."""
    alert = {
        "channel": "",
        "username": "Grafana",
        "attachments": [
            {
                "title": "[FIRING:1] CPU",
                "title_link": "http://grafana/alerting",
                "text": "*Firing*",
                "fallback": "[FIRING:1] CPU",
                "fields": [{"title": "host", "value": "web", "short": True}, {"title": "", "value": 3}],
                "footer": "Grafana",
                "color": "#D63232",
                "ts": 1700000000,
            }
        ],
    }

    assert "[FIRING:1] CPU (http://grafana/alerting)\n*Firing*\nhost: web\n3" == text_of(alert)


def test_an_attachment_with_nothing_else_has_a_fallback() -> None:
    """The fallback is shown only where an attachment has nothing else."""
    assert "short" == text_of({"attachments": [{"fallback": "short"}]})
    assert "long" == text_of({"attachments": [{"fallback": "short", "text": "long"}]})


@each_case(
    ("body", "kind", "word"),
    [
        (b"", JSON, "invalid_payload"),
        (b"Hello", JSON, "invalid_payload"),
        (b"[]", JSON, "invalid_payload"),
        (b'"text"', JSON, "invalid_payload"),
        (b"\xff{}", JSON, "invalid_payload"),
        (b'{"text": "\xff"}', JSON, "invalid_payload"),
        (b"[" * 100_000, JSON, "invalid_payload"),
        (b'{"a":' * 100_000, JSON, "invalid_payload"),
        (b"text=Hello", FORM, "invalid_payload"),
        (b"payload=%7B%7D&payload=%7B%7D", FORM, "invalid_payload"),
        (b"payload=%FF", FORM, "invalid_payload"),
        (b"&".join([b"a=1"] * 1_000), FORM, "invalid_payload"),
        (b"{}", JSON, "no_text"),
        (b'{"text": " \\n"}', JSON, "no_text"),
        (b'{"text": {"a": 1}, "blocks": 7, "attachments": "x"}', JSON, "no_text"),
    ],
)
def test_what_is_no_message(body: bytes, kind: str, word: str) -> None:
    """What can't be read is refused with Slack's word."""
    with pytest.raises(NoMessage, match=word):
        read(body, kind)


def test_much_is_cut_off() -> None:
    """Of very many blocks, and of very deep ones, only the first are read."""
    deep: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(200):
        deep = {"type": "rich_text_section", "elements": [deep]}
    many = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}] * 5_000

    assert 100 == len(text_of({"blocks": many}).splitlines())
    with pytest.raises(NoMessage, match="no_text"):
        text_of({"blocks": [{"type": "rich_text", "elements": [deep]}]})


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "blocks", "attachments", "elements", "fields", "title", "username", "url"]
            ),
            inner | st.sampled_from(["mrkdwn", "rich_text", "context", "image", "link"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(_VALUES)
def test_any_json_is_a_message_or_none(value: Any) -> None:
    """Whatever JSON is posted gives a text, or one of Slack's words."""
    outcome = None
    try:
        text = read(json.dumps(value).encode(), JSON).text
    except NoMessage as problem:
        outcome, text = str(problem), "-"

    assert outcome in (None, "invalid_payload" if not isinstance(value, dict) else "no_text")
    assert text.strip()
