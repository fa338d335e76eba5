"""The statements of all engines, in the dialect of PostgreSQL and of psycopg."""

from __future__ import annotations

import re
from functools import lru_cache

_EXPRESSIONS = (
    (re.compile(r"json_each\((\?\d*)\)"), r"json_array_elements_text(CAST(\1 AS json))"),
    (re.compile(r"json_extract\(([\w.]+), '\$\.(\w+)'\)"), r"(CAST(\1 AS json) ->> '\2')"),
    (re.compile(r"\binstr\("), "strpos("),
    (
        re.compile(r"abs\(random\(\) / 2\)"),
        "(('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint)",
    ),
    (re.compile(r"^BEGIN IMMEDIATE$"), "BEGIN"),
)

_PLACE = re.compile(r"\?(\d*)")


@lru_cache(maxsize=1_000)
def translated(sql: str) -> tuple[str, bool]:
    """Return a statement for psycopg, and whether its values have names: `p1`, `p2` and so on."""
    for expression, replacement in _EXPRESSIONS:
        sql = expression.sub(replacement, sql)
    sql = sql.replace("%", "%%")
    if not any(number for number in _PLACE.findall(sql)):
        return sql.replace("?", "%s"), False
    last = 0

    def named(found: re.Match[str]) -> str:
        nonlocal last
        last = int(found[1]) if found[1] else last + 1
        return f"%(p{last})s"

    return _PLACE.sub(named, sql), True
