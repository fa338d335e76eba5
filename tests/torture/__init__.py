"""Clients that write down what they hear of a server that is killed again and again, and who checks it.

python -m tests.torture --rounds 200 --seed 7
"""
