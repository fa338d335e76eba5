"""Files with students, as other systems export them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.rosters.cells import MOST_COLUMNS, MOST_LINES
from classchat.rosters.encodings import UnreadableRoster
from classchat.rosters.roster_file import LARGEST_FILE, LONGEST_VALUE, read_roster
from classchat.rosters.students import Student

FILES = Path(__file__).parent / "files"


def _students(content: bytes) -> list[Student]:
    file = read_roster(content)
    assert [] == list(file.refused)
    return [student for _, student in file.students]


def _refused(text: str) -> list[tuple[int, str]]:
    return [tuple(one) for one in read_roster(text.encode()).refused]  # type: ignore[misc]


def test_canvas() -> None:
    """Canvas's SIS ids and sections are taken; its hidden rows, points and test student are skipped."""
    assert [
        Student("Jane Doe", "000417231", "jdoe4", "", "CS350-01 Fall 2026", "Jane", "Doe"),
        Student(
            "Seán O'Brien",
            "000417232",
            "sobrien",
            "",
            "CS350-01 Fall 2026 and CS350-02 Fall 2026",
            "Seán",
            "O'Brien",
        ),
        Student(
            "Anna Maria van der Berg",
            "000417240",
            "avdberg",
            "",
            "CS350-02 Fall 2026",
            "Anna Maria",
            "van der Berg",
        ),
    ] == _students((FILES / "canvas.csv").read_bytes())


def test_canvas_with_two_columns_for_names() -> None:
    """Canvas may also have the names apart."""
    content = b"LastName,FirstName,ID,SIS User ID,SIS Login ID,Section\nDoe,Jane,7,,jd,A\n"

    assert [Student("Jane Doe", "7", "jd", "", "A", "Jane", "Doe")] == _students(content)


def test_moodle() -> None:
    """Moodle's headers are known in German; semicolons separate, and quoted cells have line breaks."""
    assert [
        Student("Jürgen Groß", "4711", "", "j.gross@example.de", "Übung A", "Jürgen", "Groß"),
        Student(
            'Zoë Müller "Zo" Lüdenscheidt',
            "4712",
            "",
            "zoe@example.de",
            "Übung A Tutorium 3",
            "Zoë",
            'Müller "Zo" Lüdenscheidt',
        ),
    ] == _students((FILES / "moodle_de.csv").read_bytes())


@pytest.mark.parametrize(
    "headers",
    [
        "First name,Last name,ID number,Institution,Department,Email address,Groups",
        "Vorname,Nachname,ID-Nummer,Institution,Abteilung,E-Mail-Adresse,Gruppen",
        "Prénom,Nom de famille,Numéro d\u2019identification,Institution,Département,Adresse de courriel"
        ",Groupes",
        "Nombre,Apellido(s),Número de ID,Institución,Departamento,Dirección de correo,Grupos",
    ],
)
def test_moodle_in_four_languages(headers: str) -> None:
    """The same file gives the same students in each language."""
    content = f"{headers}\nAna,Ruiz,5,I,D,ana@example.org,G1\n".encode()

    assert [Student("Ana Ruiz", "5", "", "ana@example.org", "G1", "Ana", "Ruiz")] == _students(content)


def test_blackboard() -> None:
    """Blackboard writes UTF-16 with tabs."""
    assert [
        Student("María José García López", "B00123", "mgarcia", "", "", "María José", "García López"),
        Student("小龙 李", "B00124", "bli", "", "", "小龙", "李"),
    ] == _students((FILES / "blackboard.csv").read_bytes())


def test_github_classroom() -> None:
    """The identifier of GitHub Classroom is the id, and the name or the email if there is no other."""
    assert [
        Student("jane@example.edu", "jane@example.edu", "janedoe", "jane@example.edu"),
        Student("Bob Ray", "Bob Ray"),
        Student("Carol Ng", "carol@example.edu", "carol-codes", "carol@example.edu"),
    ] == _students((FILES / "classroom.csv").read_bytes())


def test_a_plain_list() -> None:
    """A list that a teacher has typed has names alone, with old line ends and blank lines."""
    assert [Student("Jane Doe"), Student("Bob")] == _students(b"\r\nName\r\rJane  Doe\rBob\r")


def test_refused_rows() -> None:
    """A row that can't be taken is refused with its line and the reason; the others are taken."""
    long = "x" * (LONGEST_VALUE + 1)
    rows = f'A\x00,1,\nB,{long},\nC,3,A\nDoe, Jane,4,B\n"E","5","two\n\x1b[2J"\nF,6,A\n'

    assert [
        (2, "the name has a control character"),
        (3, f"the id has more than {LONGEST_VALUE} characters"),
        (5, "it has more cells than the headers: is a text with a separator not quoted?"),
        (7, "the section has a control character"),
    ] == _refused(f"name,id,section\n{rows}")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0" * 1_000, "has no line with known headers"),
        (b"Alice\nBob\n", "has no line with known headers"),
        (b"section\nA\n", "has no line with known headers"),
        (b"name\n", "has no students"),
        (b"a," * 1_000_000, "has no line with known headers"),
        (b"name\n" + b"a," * 1_000_000, f"Line 2 of the file has more than {MOST_COLUMNS} columns"),
        (b'name\n"never closed\n' + b"x\n" * 100_000, "Line [0-9]+ of the file can't be read"),
        (b"name,id\n" + b"a,b\n" * 100_000, f"more than {MOST_LINES} lines"),
        (b"name\n" + b"\n" * 1_000_000, f"more than {MOST_LINES} lines"),
        (b"x" * (LARGEST_FILE + 1), "more than 16 MiB"),
    ],
)
def test_hostile_files(content: bytes, why: str) -> None:
    """Whatever a file has, it is refused in a sentence, soon."""
    with pytest.raises(UnreadableRoster, match=why):
        read_roster(content)


@given(st.text(alphabet='name,id;\t\n\r"=\x00é\u2028', max_size=80))
def test_any_text(text: str) -> None:
    """Any text is a list of students without control characters, or refused with the one documented error."""
    try:
        file = read_roster(b"name,id\n" + text.encode())
    except UnreadableRoster:
        return
    for _, student in file.students:
        assert (student.name + student.id).replace("\u2028", "").isprintable()
