"""Clients that log what they hear from a server that is killed repeatedly, and a checker of their logs.

python -m tests.torture --rounds 200 --seed 7
"""
