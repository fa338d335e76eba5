"""Importing what processes of the tests have in common, before one of them forks the others."""

from __future__ import annotations

import importlib
import pkgutil

import classchat

_TOOLS = (
    "axe_playwright_python.sync_playwright",
    "hypothesis.stateful",
    "pexpect.fdpexpect",
    "playwright.sync_api",
    "prometheus_client.openmetrics.parser",
    "pyte",
    "pytest_timeout",
    "pytest_twisted",
    "segno",
    "tabulate",
    "twisted.trial.unittest",
    "websockets.client",
    "xdist.remote",
    "yaml",
)
"""What tests import and ClassChat does not."""


def import_classchat() -> None:
    """Import every module, except for the programs, which would run."""
    for module in pkgutil.walk_packages(classchat.__path__, "classchat."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


def import_tools() -> None:
    """Import the tools of the tests, and fill the tables that Hypothesis makes in each process.

    It looks through all modules for constants, and makes tables of Unicode.
    """
    for name in _TOOLS:
        importlib.import_module(name)
    from hypothesis import configuration, given, settings  # not earlier: for ClassChat alone it is not needed
    from hypothesis import strategies as st

    @settings(max_examples=100, database=None, derandomize=True, deadline=None)
    @given(st.text(), st.integers())
    def anything(text: str, number: int) -> None:
        """Take anything."""

    anything()
    configuration._first_postinit_what = None  # else its plugin complains that it was used before pytest
