"""A session of two real clients as a picture: `python -m recording` recreates docs/session.svg."""
