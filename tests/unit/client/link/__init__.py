"""The way to a server: addresses, TLS and trust, connections, reconnecting, and what awaits answers."""
