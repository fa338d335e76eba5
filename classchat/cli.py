"""The `classchat` command: `classchat serve` is the server, `classchat` the client."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Hand the command line to the part that it is for."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["serve"]:
        from classchat.serve import main as serve

        serve(words[1:])
    else:
        from classchat.client.app import main as chat

        chat(words)
