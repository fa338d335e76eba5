"""Journals: what keeps the logs, behind the port of classchat.core.ports."""
