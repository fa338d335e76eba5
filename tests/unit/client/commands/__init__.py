"""The commands that users type: one table, and what each command becomes."""
