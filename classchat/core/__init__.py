"""The chat: users, rooms, and what is said. No network, no disk, no reactor."""
