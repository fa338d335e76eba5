"""The client without a network: what is typed, what is shown, what is sent."""
