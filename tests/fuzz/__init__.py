"""A whole server without a port, and clients who send it anything, in any pieces, and go at any moment.

    choices.py      bytes become decisions: hypothesis, chance, or atheris hand them in
    speech.py       commands, from `messages.Command` itself, so that new ones are fuzzed, too; and worse
    ends.py         the far end of a connection, plain or with TLS
    world.py        the server, its clock, its journal, its disk
    play.py         what is done to it, and what has to hold afterwards

python -m tests.fuzz --seconds 600 --seed 7
"""
