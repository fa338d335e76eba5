"""A session of two real clients as a picture: `python -m recording` makes docs/session.svg anew."""
