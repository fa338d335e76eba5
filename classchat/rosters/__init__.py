"""Rosters: lists of students that other systems export, read and compared. Nothing here does I/O."""
