"""What a run compiles once, its processes take as it is."""

from __future__ import annotations

from importlib.util import cache_from_source
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from hypothesis.internal.charmap import charmap_file

from tests.factories import compiled_once


def test_a_tests_assertions_are_rewritten_for_whoever_reads_it_next(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Pytest's own hook finds what was written, as long as the test is as it was."""
    file = tmp_path / "test_one.py"
    file.write_text("def test_one():\n    assert [1] == [2]\n")
    compiled_once._begin(pytestconfig)
    compiled_once._compile(file)
    code = rewrite._read_pyc(file, compiled_once.rewritten(file))
    assert code is not None
    assert "@pytest_ar" in code.co_names
    file.write_text("def test_one():\n    assert [1] == [1]\n")
    assert rewrite._read_pyc(file, compiled_once.rewritten(file)) is None


def test_other_files_are_compiled_and_what_is_no_python_is_left_to_who_imports_it(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """A file that is wrong stops no run before its tests say so."""
    plain, wrong, wrong_test = (tmp_path / name for name in ("a.py", "b.py", "test_c.py"))
    plain.write_text("ONE = 1\n")
    for file in (wrong, wrong_test):
        file.write_text("def (\n")
    compiled_once._begin(pytestconfig)
    for file in (plain, wrong, wrong_test):
        compiled_once._compile(file)
    assert Path(cache_from_source(str(plain))).is_file()
    assert not compiled_once.rewritten(wrong_test).exists()


def test_the_letters_of_unicode_are_listed_for_all_processes() -> None:
    """In a fresh checkout each listed them by itself, for two seconds of the processor."""
    compiled_once.list_letters()
    assert all(charmap_file(*name).is_file() for name in ((), ("codec-v2-utf-8",)))
