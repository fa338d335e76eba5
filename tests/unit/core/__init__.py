"""Tests of the chat: no network, no disk, no reactor."""
