"""The unit tier: no socket, no file, no thread, no sleep; it mirrors classchat/ module for module."""

import os

from hypothesis import settings

# No example database: a unit test writes no file.
settings.register_profile("local", deadline=None, database=None)
# In CI they are the same each time, so that more of them would show little more.
settings.register_profile("ci", deadline=None, database=None, derandomize=True, max_examples=25)
settings.load_profile("ci" if os.environ.get("CI") else "local")
