"""Times in journals."""

from __future__ import annotations

DAY = 86_400.0
"""Seconds for which request ids, and persons who have left, are remembered."""
