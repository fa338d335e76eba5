"""Tests of the conversation with IRC clients."""
