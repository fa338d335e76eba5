"""A recording of every byte that a server sends, and its comparison with what the code sends today.

    scenes/         conversations of several clients, which reach every command, event and error
    server.py       a server as `tap.makeService` builds it, with a clock, chance and threads made by hand
    client.py       the far end of a connection, plain or with TLS
    transcript.py   what was sent in a scene, by both sides, as text
    comparison.py   what differs between two transcripts
    intended.py     the differences that are intended
    recorded/       the transcripts of commit c8e4a9d

python -m tests.wire_recording                  compare
python -m tests.wire_recording SCENE ...        compare some scenes
python -m tests.wire_recording --record         replace recorded/, or some scenes of it, by what is sent today

The recording is of commit c8e4a9d. To make it again, after a scene was added or changed, record that code:

    git worktree add /tmp/before c8e4a9d
    cp -r tests/wire_recording /tmp/before/tests/
    (cd /tmp/before && python -m tests.wire_recording --record)
    cp -r /tmp/before/tests/wire_recording/recorded tests/wire_recording/
    git worktree remove --force /tmp/before

A scene that shows what came after that commit is marked as `later`, and recorded with the code that has it:

    python -m tests.wire_recording --record SCENE ...

So this package imports nothing from the other tests, and of classchat only what is stable.
"""
