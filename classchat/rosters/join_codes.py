"""Join codes: twelve characters with which one student registers one name, once.

They have 60 random bits, and none of the letters that look like others (Crockford's Base 32, which reads O as
0, I and L as 1). Only a digest is stored. It needs no salt and no slow hash, because a code is as random as a
key.
"""

from __future__ import annotations

import hashlib
import re

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011", "- ")
_CODE = re.compile(rf"[{_ALPHABET}]{{12}}", re.ASCII)

_LONGEST = 100
"""Characters of a code as it is typed: whatever is longer is not looked at."""

RANDOM_BYTES = 8
"""Random bytes from which a code is made."""


def join_code(random: bytes) -> str:
    """Return the code for some random bytes: `K7Q2-M9XH-TRWA`."""
    number = int.from_bytes(random[:RANDOM_BYTES], "big")
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def code_digest(code: str) -> bytes | None:
    """Return the digest of a code as it was typed; None if it can't be one."""
    if len(code) > _LONGEST:
        return None
    plain = code.upper().translate(_READ_AS)
    return hashlib.sha256(plain.encode()).digest() if _CODE.fullmatch(plain) else None
