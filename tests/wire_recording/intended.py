"""How what the server sends differs on purpose from the recording of commit c8e4a9d.

In the old text `{name}` stands for a word and `{name*}` for anything; in the new text, and in added fields,
`{name}` stands for the same. Each difference has to be found in every line that it is about, and in at least
one: the test fails for a difference that is not in use. A commit that changes a text or adds a field adds it
here.
"""

from __future__ import annotations

from tests.wire_recording.differences import Difference

INTENDED: list[Difference] = []
