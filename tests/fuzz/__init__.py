"""A whole server without a port, and clients that send anything, in any pieces, and leave at any moment.

    choices.py      bytes become decisions; hypothesis, chance or atheris provide them
    speech.py       commands, made from `messages.Command`, so that new ones are included; and wrong ones
    ends.py         the far end of a connection, plain or with TLS
    world.py        the server, its clock, its journal, its disk
    play.py         what happens to the server, and the rules that must hold

python -m tests.fuzz --seconds 600 --seed 7
"""
