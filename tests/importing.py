"""Importing all of ClassChat, before a process forks others that need it or reports what it has measured."""

from __future__ import annotations

import importlib
import pkgutil

import classchat


def import_classchat() -> None:
    """Import every module, except for the programs, which would run."""
    for module in pkgutil.walk_packages(classchat.__path__, "classchat."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
