"""Filling of caches on disk, on a processor that has nothing else to do yet: `python -m tests.warming`.

In a fresh copy of the project, Hypothesis looks through all modules for constants and makes tables of
Unicode, which takes six seconds of a processor, and Python compiles ClassChat. Each process of the tests
would do that.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing import import_classchat


@settings(max_examples=100, database=None, derandomize=True, deadline=None)
@given(st.text(), st.integers())
def _anything(text: str, number: int) -> None:
    """Take anything: to make examples, Hypothesis fills its caches."""


if __name__ == "__main__":
    import_classchat()
    _anything()
