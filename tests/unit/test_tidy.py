"""House rules that no linter checks, over every file that git tracks."""

from __future__ import annotations

import ast
import contextlib
import functools
import itertools
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("shared", "command_line", "gatekeeper", "server")

FILE_LINES_MAX: Final = 500
FUNCTION_LINES_MAX: Final = 70
BANNED_NAMES: Final = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "stuff",
    "util",
    "utils",
}
# Written in pieces, so that this file does not find itself.
OPEN_ENDS: Final = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
ONE_ERROR_OF_FOUR: Final = re.compile(r"\bexcept\b.*\bmsgspec\.(?:Decode|Msgspec)Error\b")
"""See `shared/kernel/undecodable.py`."""
PLACES: Final = re.compile(
    "|".join(
        [
            r"(?<![\w.])/wor" + r"k/",
            r"/tmp/g" + r"k\b",
            r"/opt/py" + r"pi",
            r"pyp" + r"i\.(?:org|python)",
            r"pythonhos" + r"ted",
            r"npm" + r"js",
            r"crates\." + r"io",
        ]
    )
)
SUPPRESSION: Final = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b")
REASONED: Final = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[a-z, -]+\])\s+(?:#|-|–|—)\s*\w+"
)
RECORD_NAME: Final = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
RECORD_STATUS: Final = re.compile(
    r"^Status: (?:proposed|accepted|rejected|superseded) \d{4}-\d\d-\d\d"
    r" \(supersedes .+, superseded by .+\)$",
    re.MULTILINE,
)
RECORD_SECTIONS: Final = [
    "## Context and problem",
    "## Options considered",
    "## Decision, because",
    "## Consequences, good and bad",
    "## How we would notice it was wrong",
]
NAMED_IN_PROSE: Final = re.compile(
    r"`((?:docs|tests|shared|command_line|gatekeeper|server|simulator|resources|requirements|scripts)"
    r"/[a-z0-9_./-]*[a-z0-9_-]{2})`"
)
LINKED: Final = re.compile(r"\]\((?!https?:)([^)#\s]+)")
AVOIDERS: Final = {"skip", "skipif", "xfail", "importorskip"}
SUSPECTS: Final = AVOIDERS | {"sleep", "flaky"}
SUSPECTED: Final = re.compile(rf"(?<!\basyncio)\.[\s\\]*(?:{'|'.join(sorted(SUSPECTS))})\b")
BODIES: Final = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements have statements of their own."""
BODIES_OF: Final = {
    kind: [name for name in BODIES if name in kind._fields]
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
MAY_SKIP: Final = {
    Path("tests/factories/field_samples.py"),
    Path("tests/e2e/test_browser.py"),
}
"""Where a test may skip: samples that stand beside the project, not in it; and a browser,
which `make setup` brings on Debian, but which Ubuntu has as a snap only."""


class Function(NamedTuple):
    """One of a file's functions; its length is in lines."""

    name: str
    line: int
    length: int
    has_docstring: bool


class Outline(NamedTuple):
    """What the rules look at in a file.

    Attributes:
        imports: The line and full name of each: `a.b` for `from a import b`.
        functions: All of them.
        suspects: The line and full name of what may be something that tests may not use.
    """

    imports: list[tuple[int, str]]
    functions: list[Function]
    suspects: list[tuple[int, str]]


@functools.cache
def _tracked() -> list[Path]:
    """Return the paths that git tracks, relative to the root, and that are there."""
    said = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True
    ).stdout
    return [Path(name) for name in said.split("\0") if name and (ROOT / name).is_file()]


@functools.cache
def _python() -> dict[Path, str]:
    return {
        path: (ROOT / path).read_text(encoding="utf-8")
        for path in _tracked()
        if path.suffix == ".py"
    }


@functools.cache
def _trees() -> dict[Path, Outline]:
    return {
        path: _outline(
            ast.parse(text, str(path)),
            is_suspected=path.parts[0] == "tests" and SUSPECTED.search(text) is not None,
        )
        for path, text in _python().items()
    }


def _outline(tree: ast.Module, *, is_suspected: bool) -> Outline:
    """Walk a file's statements, and keep nothing of its tree: it takes the most of all tests here.

    Only what is suspected stands within a statement: where it may be, all is walked for it.
    """
    outline = Outline([], [], [])
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.Import):
            outline.imports.extend((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            outline.imports.extend(
                (node.lineno, f"{node.module}.{alias.name}") for alias in node.names
            )
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            has_promise = ast.get_docstring(node, clean=False) is not None
            outline.functions.append(Function(node.name, node.lineno, length, has_promise))
        for name in BODIES_OF[type(node)]:
            left.extend(getattr(node, name))
    if is_suspected:
        outline.suspects.extend(
            (node.lineno, ast.unparse(node))
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in SUSPECTS
            and isinstance(node.value, ast.Name | ast.Attribute)
        )
    return outline


@functools.cache
def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in _tracked():
        # What is no text is an image or another binary file.
        with contextlib.suppress(UnicodeDecodeError):
            found.append((path, (ROOT / path).read_text(encoding="utf-8")))
    return found


def _matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number} {line.strip()[:100]}"
        for path, text in _texts()
        if path.suffix != ".lock" or pattern is PLACES
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


_QUOTED: Final = re.compile(r"`([^`]+)`")


def test_files_are_short() -> None:
    """A file that outgrows 500 lines holds two things and wants to be two files."""
    assert [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in _python().items()
        if text.count("\n") > FILE_LINES_MAX and "migrations" not in path.parts
    ] == []


def test_migrations_are_one_chain() -> None:
    """Each names the one before it, by its own number: two of one number start no server."""
    found = []
    for path, text in _python().items():
        if path.parts[:4] == ("server", "db", "migrations", "versions") and "revision = " in text:
            named = re.search(r'^revision = "(\d{4})"', text, re.MULTILINE)
            before = re.search(r'^down_revision = (?:"(\d{4})"|None)', text, re.MULTILINE)
            assert named is not None, path
            assert before is not None, path
            assert path.name.startswith(named[1]), path
            found.append((named[1], before[1]))
    found.sort(key=lambda one: one[0])
    assert [before for _, before in found] == [None, *(name for name, _ in found[:-1])]


def test_functions_are_short() -> None:
    """A function of more than 70 lines cannot be read at a glance."""
    assert [
        f"{path}:{one.line} {one.name}: {one.length} lines"
        for path, tree in _trees().items()
        # A migration is a list of tables, told from top to bottom and never changed.
        if "migrations" not in path.parts
        for one in tree.functions
        if one.length > FUNCTION_LINES_MAX
    ] == []


def test_files_are_called_after_what_is_in_them() -> None:
    """A name that fits everything says nothing."""
    assert [str(path) for path in _tracked() if path.stem.lower() in BANNED_NAMES] == []


def test_nothing_is_left_open_in_a_comment() -> None:
    """What is to be done stands in an issue, where it is seen."""
    assert _matches(OPEN_ENDS) == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    """The tree works wherever it is cloned and whichever index its libraries come from."""
    assert _matches(PLACES) == []


def test_each_suppression_has_its_reason() -> None:
    """A rule that is switched off for a line says which one and why, on that line."""
    assert [
        f"{path}:{number} {line.strip()[-100:]}"
        for path, text in _python().items()
        if SUPPRESSION.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if SUPPRESSION.search(line) and not REASONED.search(line) and path.name != "test_tidy.py"
    ] == []


def test_each_test_says_its_promise() -> None:
    """A test's docstring is the sentence that it proves."""
    assert [
        f"{path}:{one.line} {one.name}"
        for path, tree in _trees().items()
        if path.parts[0] == "tests" and path.name.startswith("test_")
        for one in tree.functions
        if one.name.startswith("test_") and not one.has_docstring
    ] == []


def test_tests_neither_mock_nor_sleep_nor_look_away() -> None:
    """Tests use fakes or the real thing, wait for facts, and always run."""
    found = []
    for path, tree in _trees().items():
        if path.parts[0] != "tests":
            continue
        found += [
            f"{path}:{line} {name}" for line, name in tree.imports if "mock" in name.split(".")
        ]
        for line, name in tree.suspects:
            first, _, last = name.rpartition(".")
            is_avoiding = last in AVOIDERS and f"{first}.".startswith("pytest.")
            is_avoiding = is_avoiding and path not in MAY_SKIP
            if is_avoiding or name in {"time.sleep", "pytest.mark.flaky"}:
                found.append(f"{path}:{line} {name}")
    assert found == []


def test_a_domain_reaches_another_only_through_its_service() -> None:
    """Tables belong to one folder of the server; the others ask its service."""
    domains = {
        path.parts[1]
        for path in _tracked()
        if path.parts[0] == "server"
        and path.parts[2:] in {("models.py",), ("models", "__init__.py")}
    }
    found = []
    for path, tree in _trees().items():
        if path.parts[0] != "server" or len(path.parts) < 3 or path.parts[1] not in domains:
            continue
        for line, name in tree.imports:
            parts = name.split(".")
            is_table = parts[0] == "server" and len(parts) > 2 and parts[2] == "models"
            if is_table and parts[1] != path.parts[1]:
                found.append(f"{path}:{line} {name}")
    assert found == []


def test_who_decodes_takes_every_error_of_the_decoder() -> None:
    """Text in no UTF-8 is no `DecodeError`: who names that alone is stopped by the others."""
    assert _matches(ONE_ERROR_OF_FOUR) == []


def test_no_module_is_dead() -> None:
    """Every module of the product is imported by another, or started from outside."""
    imported: set[str] = set()
    for path, tree in _trees().items():
        if path.parts[0] == "tests":
            continue  # what only tests use is dead as well
        for _, name in tree.imports:
            imported |= {name, name.rpartition(".")[0]}
    started = {"__init__", "__main__", "env"}
    assert [
        str(path)
        for path in _trees()
        if path.parts[0] in PACKAGES
        and path.stem not in started
        and "migrations" not in path.parts
        and "commands" not in path.parts  # loaded by the verb's name
        and ".".join(path.with_suffix("").parts) not in imported
        and path.name != "cli.py"
    ] == []


def test_decision_records_have_their_form() -> None:
    """Each record has a number of its own, a status and the five sections, in order."""
    numbers: dict[str, str] = {}
    found = []
    for path in _tracked():
        if path.parts[:2] != ("docs", "decisions"):
            continue
        name = RECORD_NAME.fullmatch(path.name)
        if name is None:
            found.append(f"{path}: not called NNNN-title.md")
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        if name[1] in numbers:
            found.append(f"{path}: has the number of {numbers[name[1]]}")
        numbers[name[1]] = path.name
        if not text.startswith(f"# {name[1]} "):
            found.append(f"{path}: its title does not begin with {name[1]}")
        if RECORD_STATUS.search(text) is None:
            found.append(f"{path}: no status line")
        if [line for line in text.splitlines() if line.startswith("## ")] != RECORD_SECTIONS:
            found.append(f"{path}: other sections than the five, or in another order")
    assert numbers
    assert found == []


@functools.cache
def _layers() -> dict[str, list[list[str]]]:
    """Return, for each application, its rooms from top to bottom, as the linter is told them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        contract["containers"][0]: [
            [room.strip(" ()") for room in layer.split("|")] for layer in contract["layers"]
        ]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers" and "containers" in contract
    }


def test_the_picture_of_rooms_is_that_of_the_code() -> None:
    """What the architecture page draws is what the linter holds, and what is there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert set(_layers()) == {"shared", "gatekeeper", "server"}
    for application, layers in _layers().items():
        drawn = "\n".join(" ".join(layer) for layer in layers)
        assert f"```text\n{drawn}\n```" in page, f"draw {application} as:\n{drawn}"
        folder = ROOT / application
        there = {one.parent.name for one in folder.glob("*/__init__.py")}
        there |= {one.stem for one in folder.glob("*.py")} - {"__init__"}
        assert {room for layer in layers for room in layer} == there


def test_the_window_holds_only_what_needs_qt() -> None:
    """Texts, contents and commands lie where programs without a window can use them."""
    room = Path("gatekeeper/ui")
    # The window's own edges to the machine: its player of sounds, its interpreter's pauses.
    needing = {"gatekeeper.ui.sound_player", "gatekeeper.ui.garbage_collection"}
    asked = {
        ".".join(path.with_suffix("").parts): {name for _, name in tree.imports}
        for path, tree in _trees().items()
        if room in path.parents and path.stem != "__init__"
    }
    needing |= {
        one for one, names in asked.items() if any(name.startswith("PySide6") for name in names)
    }
    while more := {
        one
        for one, names in asked.items()
        if one not in needing and needing & {name.rpartition(".")[0] for name in names}
    }:
        needing |= more
    assert set(asked) - needing == set()


def test_what_the_documents_name_is_there() -> None:
    """Each link leads to a file, and each path of the tree that prose names is one."""
    found = []
    for path in _tracked():
        if path.suffix != ".md":
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        named = [ROOT / name for name in NAMED_IN_PROSE.findall(text)]
        linked = [ROOT / path.parent / name for name in LINKED.findall(text)]
        found += [
            f"{path}: {place.relative_to(ROOT)}"
            for place in (*named, *linked)
            if not place.exists()
        ]
    assert found == []


def test_what_a_newcomer_looks_for_stands_where_the_table_says() -> None:
    """Each row of "Where to change what" names files that define what the row names."""
    table = (ROOT / "docs" / "where-to-change-what.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("| ")][1:]
    assert rows
    for what, where, names in rows:
        code = "".join(
            (ROOT / path).read_text(encoding="utf-8") for path in _QUOTED.findall(where)
        )
        for name in _QUOTED.findall(names):
            assert re.search(rf"^(class |(async )?def )?{name}\b[(:]", code, re.MULTILINE), (
                f"{what}: {name}"
            )


def test_a_way_to_a_decision_takes_six_files_and_hands_on_shapes_that_are_there() -> None:
    """The ways of a scan, a claim, an entry and a manifest, as the page lists them."""
    lines = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    begins = [n for n, line in enumerate(lines) if line.endswith("| hands on |")]
    assert len(begins) == 4
    code = "\n".join(_python().values())
    for begin in begins:
        rows = list(itertools.takewhile(lambda line: line.startswith("|"), lines[begin + 2 :]))
        assert 3 <= len(rows) <= 6, lines[begin]
        for shape in _QUOTED.findall(" ".join(row.split("|")[4] for row in rows)):
            assert re.search(rf"^class {shape}\b", code, re.MULTILINE), shape
