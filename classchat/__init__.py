"""ClassChat: a chat server for a class, a lab or any group that wants one of its own."""

__version__ = "0.1"
