"""Compiles the project, and rewrites its tests' assertions, before several test processes begin.

In a fresh checkout each of them would do all of it, at the same time as the others; and list
Unicode's letters for properties, which takes two seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import warnings
from compileall import compile_file
from pathlib import Path
from typing import Final

import pytest
from _pytest.assertion import rewrite
from hypothesis.errors import HypothesisSideeffectWarning
from hypothesis.internal.charmap import charmap, intervals_from_codec

_PROJECT: Final = Path(__file__).parents[2]
_PARTS: Final = ("shared", "command_line", "gatekeeper", "server", "simulator", "soak", "tests")
_AT_A_TIME: Final = 16
"""Files that a process takes."""


def compile_once(config: pytest.Config) -> None:
    """Compile what is not compiled, on all cores; to be called before there are threads.

    Args:
        config: Of the run whose test processes will read it.
    """
    sources = [file for part in _PARTS for file in (_PROJECT / part).rglob("*.py")]
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), _begin, (config,)) as compilers:
        letters = compilers.apply_async(list_letters)
        compilers.map(_compile, sources, _AT_A_TIME)
        letters.get()


def list_letters() -> None:
    """Write down which letters Unicode has, by category and in UTF-8, where no run has."""
    with warnings.catch_warnings():
        # That plugins had better not: each run would wait, which this one does instead of all.
        warnings.simplefilter("ignore", HypothesisSideeffectWarning)
        charmap()
        intervals_from_codec("utf-8")


def rewritten(file: Path) -> Path:
    """Return where pytest looks for a test file's code with its assertions rewritten."""
    return rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)


class _Run:
    config: pytest.Config


def _begin(config: pytest.Config) -> None:
    _Run.config = config


def _compile(file: Path) -> None:
    if not file.match("test_*.py") and file.name != "conftest.py":
        compile_file(file, quiet=2)  # who imports it says what is wrong with it
        return
    code = rewritten(file)
    if code.is_file() and code.stat().st_mtime_ns > file.stat().st_mtime_ns:
        return
    try:
        source_hash, compiled = rewrite._rewrite_test(file, _Run.config)
    except (OSError, SyntaxError, UnicodeError):
        return
    if rewrite.try_makedirs(code.parent):
        state = _Run.config.stash[rewrite.assertstate_key]
        rewrite._write_pyc(state, compiled, source_hash, code)
