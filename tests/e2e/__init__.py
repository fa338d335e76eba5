"""The shipped commands as processes, the client in a pseudo-terminal; no reactor of our own."""
