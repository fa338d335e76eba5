"""Bytes to messages and back. No Twisted."""
