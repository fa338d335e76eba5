"""The shipped commands as processes, and the client in a pseudo-terminal, without a reactor of our own."""
