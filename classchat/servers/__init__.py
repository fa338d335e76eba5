"""Connections: bytes of clients in, sessions of the chat in the middle, bytes out."""
