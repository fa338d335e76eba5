"""Tests of the class layer."""
