"""Tests of what turns bytes into messages and back."""
