"""The terminal and the standard streams that the client shares with its shell."""
