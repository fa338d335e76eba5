"""The whole server in one process, over real TCP on port 0."""
