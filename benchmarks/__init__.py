"""The speed of ClassChat compared with other servers: run `python -m benchmarks` in the repository's root."""
