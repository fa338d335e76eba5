"""Tests of what other programs post, and of what they are sent."""
