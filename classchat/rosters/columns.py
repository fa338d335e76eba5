"""Finds out which column of a file is what, by the headers that other systems write.

They are Canvas, Moodle (in English, German, French and Spanish), Blackboard and GitHub Classroom.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

Kind = Literal["id", "login", "email", "name", "family", "given", "section"]

_HEADERS: Mapping[Kind, Sequence[str]] = {
    "id": (
        "SIS User ID",
        "Student ID",
        "Student number",
        "ID number",
        "ID-Nummer",
        "Matrikelnummer",
        "Numéro d'identification",
        "Numéro d'étudiant",
        "Número de ID",
        "Número de identificación",
        "Identifier",
        "ID",
    ),
    "login": (
        "SIS Login ID",
        "Username",
        "User name",
        "Login",
        "Login ID",
        "Anmeldename",
        "Benutzername",
        "Nom d'utilisateur",
        "Nombre de usuario",
        "Usuario",
        "github_username",
    ),
    "email": (
        "Email",
        "Email address",
        "Mail",
        "E-Mail-Adresse",
        "Adresse de courriel",
        "Adresse e-mail",
        "Courriel",
        "Dirección de correo",
        "Dirección de correo electrónico",
        "Dirección Email",
        "Correo electrónico",
        "Correo",
    ),
    "name": (
        "Student",
        "Name",
        "Full name",
        "Student name",
        "Display name",
        "Vollständiger Name",
        "Nom complet",
        "Nombre completo",
    ),
    "family": (
        "Last name",
        "Surname",
        "Family name",
        "Nachname",
        "Nom de famille",
        "Nom",
        "Apellido(s)",
        "Apellido",
    ),
    "given": ("First name", "Given name", "Vorname", "Prénom", "Nombre", "Nombres"),
    "section": (
        "Section",
        "Sections",
        "Group",
        "Groups",
        "Class",
        "Gruppe",
        "Gruppen",
        "Klasse",
        "Groupe",
        "Groupes",
        "Grupo",
        "Grupos",
    ),
}
"""The headers of each kind, the best first: of several columns the first one that says something counts."""

_LONGEST = 64
"""Characters of the longest text that can be a header of ours."""


def plain(header: str) -> str:
    """Return a header without accents, case, spaces and punctuation."""
    if len(header) > _LONGEST:
        return ""
    decomposed = unicodedata.normalize("NFKD", header).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())


_KINDS: Mapping[str, tuple[Kind, int]] = {
    plain(header): (kind, rank) for kind, headers in _HEADERS.items() for rank, header in enumerate(headers)
}


def known(cells: Sequence[str]) -> int:
    """Return how many cells are headers, if one of them is that of a name or of a key; else 0."""
    found = {kind for cell in cells if (kind := _KINDS.get(plain(cell), ("", 0))[0])}
    return len(found) if found - {"section", "given"} else 0


def columns(headers: Sequence[str]) -> dict[Kind, list[int]]:
    """Return the positions of the columns of each kind, the best first."""
    ranked = [
        (kind, rank, position)
        for position, header in enumerate(headers)
        for kind, rank in [_KINDS.get(plain(header), (None, 0))]
        if kind is not None
    ]
    found: dict[Kind, list[int]] = {}
    for kind, _, position in sorted(ranked, key=lambda one: one[1:]):
        found.setdefault(kind, []).append(position)
    return found
