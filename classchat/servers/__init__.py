"""Shells: each turns one kind of connection into sessions of the chat."""
