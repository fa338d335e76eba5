"""Journals, which keep the logs, behind the port in classchat.core.ports."""
