"""Pictures of real sessions: `python -m recording` two terminals, `python -m recording.page` the page."""
