"""Fixtures of this tier."""

from __future__ import annotations

from tests.in_memory import temporary_directory, tmp_path

__all__ = ["temporary_directory", "tmp_path"]
