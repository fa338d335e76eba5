"""The conversation with an IRC client: lines in, the commands of a session in the middle, lines out."""
