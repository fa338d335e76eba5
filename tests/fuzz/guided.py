"""The same play, guided by atheris, which looks for bytes that reach new code.

pip install atheris
python -m tests.fuzz.guided -max_total_time=600 -max_len=1200
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["classchat"]):
    from tests.fuzz.play import Play


def play(data: bytes) -> None:
    """Play by these bytes."""
    Play(data).run()


if __name__ == "__main__":
    atheris.Setup(sys.argv, play)
    atheris.Fuzz()
