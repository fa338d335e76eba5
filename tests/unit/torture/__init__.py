"""Tests of the torture test's checker."""
