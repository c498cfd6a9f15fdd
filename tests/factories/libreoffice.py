"""The spreadsheet program that some tests open files with, where it is installed."""

from __future__ import annotations

import shutil
from typing import Final

import pytest

LIBREOFFICE: Final = shutil.which("soffice") or shutil.which("libreoffice")

needs_libreoffice = pytest.mark.skipif(
    LIBREOFFICE is None, reason="LibreOffice (soffice) is not installed on this machine"
)
