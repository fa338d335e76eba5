"""Tests of reading and comparing rosters."""
