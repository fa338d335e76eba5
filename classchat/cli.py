"""The `classchat` command: `classchat serve` is the server, `classchat` the client; more tools are beside."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Hand the command line to the part that it is for."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["serve"]:
        from classchat.serve import main as serve

        serve(words[1:])
    elif words[:1] == ["export"]:
        from classchat.export import main as export

        export(words[1:])
    elif words[:1] == ["journal"]:
        from classchat.journal.command import main as look_after

        look_after(words[1:])
    elif words[:1] == ["admin"]:
        from classchat.admin import main as administrate

        administrate(words[1:])
    else:
        from classchat.client.app import main as chat

        chat(words)
