"""Dialects: bytes to commands, and events to bytes. No Twisted, no I/O."""
