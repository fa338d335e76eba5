"""Modules joined into bundles: what is always loaded together becomes one file.

    main.js ─ dom.js, strings.js …       bundle "main": loaded with the page
       └ import("./page.js")             bundle "page": the rest of what page.js needs
            ├ import("./search.js")      bundle "search": the rest of what search.js needs
            └ import("./menus.js")       bundle "menus"; what only it and search.js need is "menus-search"

What a bundle needs of others is loaded with it. It never has again what all that import it have already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from classchat.bundling.modules import Module
from classchat.bundling.tokens import ScriptError


@dataclass(eq=False)
class Bundle:
    """Some modules in one file, each after those that it needs."""

    name: str
    modules: list[Module] = field(default_factory=list)


def bundles_of(modules: Mapping[str, Module], first: str) -> list[Bundle]:
    """Return the bundles of all modules that the first one needs, now or later; its own bundle comes first.

    Raises:
        ScriptError: a module is missing, or some import each other.
    """
    loads = _loads(modules, first)
    users = dict[str, list[str]]()  # by each module: the entries for which it is loaded
    for entry, names in loads.items():
        for name in names:
            users.setdefault(name, []).append(entry)
    bundles = dict[str, Bundle]()
    for name, entries in users.items():
        stem = "-".join(entry.removesuffix(".js") for entry in entries)
        bundles.setdefault(stem, Bundle(stem)).modules.append(modules[name])
    return list(bundles.values())


def _loads(modules: Mapping[str, Module], first: str) -> dict[str, list[str]]:
    """Return all modules that are loaded by name, each with those that are loaded then and not before."""
    there = {first: frozenset[str]()}  # by each entry: what is there before, whatever imports it
    loads = dict[str, list[str]]()
    waiting = [first]
    while waiting:
        entry = waiting.pop(0)
        needed = _closure(modules, entry)
        loads[entry] = [name for name in needed if name not in there[entry]]
        after = there[entry].union(needed)
        for later in dict.fromkeys(one for name in needed for one in modules[name].later.values()):
            known = there.get(later)
            there[later] = after if known is None else known & after
            if there[later] != known:
                waiting.append(later)
    return loads


def _closure(modules: Mapping[str, Module], first: str) -> list[str]:
    """Return a module and all that it needs, each after what it needs."""
    done = dict[str, None]()
    under_way = list[str]()

    def add(name: str, user: str) -> None:
        if name in done:
            return
        if name in under_way:
            circle = [*under_way[under_way.index(name) :], name]
            raise ScriptError(f"These modules of the page import each other: {' -> '.join(circle)}.")
        if name not in modules:
            raise ScriptError(f"{user} of the page refers to '{name}', which does not exist.")
        under_way.append(name)
        for needed in modules[name].needs:
            add(needed, name)
        under_way.pop()
        done[name] = None

    add(first, "A module")
    return list(done)
