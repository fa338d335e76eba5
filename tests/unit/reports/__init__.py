"""Tests of the reports about classes."""
