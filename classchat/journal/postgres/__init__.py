"""A journal in a PostgreSQL database, behind the same port as the one in a file."""
