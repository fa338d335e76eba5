"""A whole server without a port, and clients that send anything, in any pieces, and leave at any moment.

    choices.py      bytes become decisions; hypothesis, chance or atheris provide them
    speech.py       commands, made from `messages.Command`, so that new ones are included; and wrong ones
    ends.py         the far end of a connection, plain or with TLS
    irc_speech.py   the same for IRC clients: every command, with wrong and hostile parameters
    irc_ends.py     the far end of an IRC client
    irc_rules.py    the rules for what IRC clients hear
    world.py        the server, its clock, its journal, its disk
    play.py         what happens to the server, and the rules that must hold

python -m tests.fuzz --seconds 600 --seed 7
"""
