"""The questions before connecting, if the command line does not answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from classchat.client.link.addresses import host_name, port_number, user_name
from classchat.option_table import DEFAULT_HOST, DEFAULT_PORT


@dataclass(frozen=True)
class Question:
    """A question: the option that it is for, and how its answer is read."""

    option: str
    prompt: str
    default: str
    read: Callable[[str], str | int]


QUESTIONS = (
    Question("host", f"Enter server IP address (default: {DEFAULT_HOST}): ", DEFAULT_HOST, host_name),
    Question("port", f"Enter server port (default: {DEFAULT_PORT}): ", str(DEFAULT_PORT), port_number),
    Question("name", "Enter your username: ", "", user_name),
)
