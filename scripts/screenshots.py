"""Writes every screen of the gate's window as PNG files: `make screenshots`.

    .venv/bin/python scripts/screenshots.py [FOLDER]

The screens are drawn into memory, so no display is needed. FOLDER is `build/screenshots` unless
given; pictures are named SIZE-THEME-LANGUAGE-SCREEN.png. For each size, theme and language one
contact sheet beside them, sheet-SIZE-THEME-LANGUAGE.png, shows all of its screens at a glance.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw

ROOT: Final = Path(__file__).resolve().parents[1]
_SHEET_COLUMNS: Final = 6
_SHEET_EDGE: Final = 400  # pixels of a small picture's longer side
_CAPTION: Final = 16


class Series(NamedTuple):
    """One look at all screens."""

    width: int
    height: int
    theme: str
    language: str

    @property
    def name(self) -> str:
        """What its files are named by."""
        return f"{self.width}x{self.height}-{self.theme}-{self.language}"


ALL_SERIES: Final = (
    Series(1920, 1080, "dark", "en"),
    Series(1920, 1080, "light", "en"),
    Series(1920, 1080, "contrast", "en"),
    Series(1920, 1080, "dark", "ar"),
    Series(1366, 768, "dark", "en"),
    Series(1366, 768, "dark", "ar"),
    Series(1366, 768, "dark", "de"),
    Series(1080, 1920, "dark", "en"),
    Series(1080, 1920, "light", "ar"),
)


def main() -> int:
    """Draw all screens in all looks; say where they are."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for series in ALL_SERIES:
        paths = _draw(series, folder)
        if not paths:
            return 3
        _write_sheet(paths, folder / f"sheet-{series.name}.png")
        count += len(paths)
    print(f"{count} pictures and {len(ALL_SERIES)} contact sheets in {folder}")
    return 0


def _draw(series: Series, folder: Path) -> list[Path]:
    """Draw one series; return its files, none if one cannot be written."""
    from gatekeeper.presenters.colors import THEMES
    from gatekeeper.ui.app import make_application
    from gatekeeper.ui.language import speak_language
    from tests.factories.screens import Screens

    app = make_application()
    speak_language(app, series.language)
    screens = Screens(series.width, series.height, THEMES[series.theme])
    paths = []
    for name in screens.show_all():
        for _ in range(2):  # laid out, then laid out again for the scroll bar that goes
            app.processEvents()
        path = folder / f"{series.name}-{name}.png"
        if not screens.window.grab().save(str(path)):
            print(f"cannot write {path}", file=sys.stderr)
            return []
        paths.append(path)
    screens.close()
    return paths


def _write_sheet(paths: Sequence[Path], to: Path) -> None:
    """Put small copies of pictures of one size side by side, each under its name."""
    with Image.open(paths[0]) as first:
        scale = _SHEET_EDGE / max(first.size)
        width, height = round(first.width * scale), round(first.height * scale)
    rows = -(-len(paths) // _SHEET_COLUMNS)
    sheet = Image.new("RGB", (_SHEET_COLUMNS * (width + 6), rows * (height + _CAPTION + 6)))
    draw = ImageDraw.Draw(sheet)
    for index, path in enumerate(paths):
        row, column = divmod(index, _SHEET_COLUMNS)
        left, top = column * (width + 6), row * (height + _CAPTION + 6)
        draw.text((left + 2, top + 2), path.stem.rpartition("-")[2], fill="white")
        with Image.open(path) as picture:
            sheet.paste(picture.convert("RGB").resize((width, height)), (left, top + _CAPTION))
    sheet.save(to)


if __name__ == "__main__":
    sys.exit(main())
