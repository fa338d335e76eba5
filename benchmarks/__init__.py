"""How fast ClassChat is, beside others: `python -m benchmarks` from the repository's root."""
