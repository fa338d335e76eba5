"""Webhooks in the forms that other programs know: what they post, and what they are sent. No I/O."""
