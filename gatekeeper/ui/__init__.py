"""Windows of gate, till and desk: the only folder that knows Qt."""

from __future__ import annotations

import builtins
import importlib


def _load_qt() -> None:
    """Load Qt's library, and let `import` be what it was.

    The library puts a function of its own in its place. That one reads the source of each module
    that is loaded later, which may ask for other names of Qt's methods. None of ours does, and the
    reading is a fifth of the desk's start.
    """
    plain = builtins.__import__
    importlib.import_module("PySide6.QtCore")
    builtins.__import__ = plain


_load_qt()
