"""The tests, in three tiers: each says what it may touch."""
