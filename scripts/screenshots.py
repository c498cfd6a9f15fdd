"""Writes every screen of gate, till and organizer's desk as PNG files: `make screenshots`.

    .venv/bin/python scripts/screenshots.py [FOLDER]

The screens are drawn into memory, so no display is needed. FOLDER is `build/screenshots` unless
given; pictures are named PANEL-THEME-LANGUAGE-TEXT-SCREEN.png, where PANEL is its pixels and its
diagonal. For each of these series one contact sheet beside them, sheet-….png, shows all of its
screens at a glance. Several processes draw at once, one for each processor.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
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
    inches: float
    theme: str = "dark"
    language: str = "en"
    percent: int = 100

    @property
    def name(self) -> str:
        """What its files are named by."""
        panel = f"{self.width}x{self.height}-{self.inches:g}in"
        return f"{panel}-{self.theme}-{self.language}-{self.percent}"


ALL_SERIES: Final = (
    Series(1920, 1080, 15.6),
    Series(1920, 1080, 15.6, "light"),
    Series(1920, 1080, 15.6, "contrast"),
    Series(1920, 1080, 15.6, language="ar"),
    Series(1080, 1920, 15.6),
    Series(1366, 768, 15.6),
    Series(1366, 768, 15.6, language="ar"),
    Series(1366, 768, 15.6, language="de"),
    Series(1280, 800, 10.1),
    Series(1024, 600, 10.1),
    Series(1024, 600, 7, percent=150),
    Series(800, 480, 7),
    Series(800, 480, 7, language="de", percent=200),
    Series(480, 800, 7, "light", "ar"),
    Series(720, 1280, 5.5),
)
DESK_SERIES: Final = (
    Series(1180, 760, 13.3, "light"),
    Series(1180, 760, 13.3),
    Series(1180, 760, 13.3, language="de"),
    Series(1180, 760, 13.3, "light", "de"),
    Series(1180, 760, 13.3, "light", "fr"),
    Series(1180, 760, 13.3, "light", "es"),
    Series(1180, 760, 13.3, language="th"),
    Series(1180, 760, 13.3, "light", "ar"),
    Series(1180, 760, 13.3, language="ar"),
)
"""The organizer's desk, a window on a laptop, light and dark."""


def main() -> int:
    """Draw all screens in all looks; say where they are."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "screenshots")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(series, folder) for series in (*ALL_SERIES, *DESK_SERIES)]
    # A fresh process for each series: what one has loaded is no other's.
    context = multiprocessing.get_context("spawn")
    count = 0
    with context.Pool(os.cpu_count() or 1, maxtasksperchild=1) as pool:
        for series, drawn in pool.imap_unordered(_draw_with_sheet, tasks, chunksize=1):
            if not drawn:
                return 3
            count += drawn
            print(f"{series.name}: {drawn} pictures", flush=True)
    print(f"{count} pictures and {len(tasks)} contact sheets in {folder}")
    return 0


def _draw_with_sheet(task: tuple[Series, Path]) -> tuple[Series, int]:
    """Draw one series and its contact sheet; return how many pictures, 0 if one failed."""
    series, folder = task
    sys.path.insert(0, str(ROOT))
    paths = _draw(series, folder)
    if paths:
        _write_sheet(paths, folder / f"sheet-{series.name}.png")
    return series, len(paths)


def _draw(series: Series, folder: Path) -> list[Path]:
    """Draw one series; return its files, none if one cannot be written."""
    from gatekeeper.presenters.colors import THEMES
    from gatekeeper.ui.application import make_application
    from gatekeeper.ui.switching_language import speak_language
    from tests.factories.desk_screens import DeskScreens
    from tests.factories.screens import Screens
    from tests.factories.till_screens import TillScreens

    app = make_application()
    speak_language(app, series.language)
    paths = []
    theme = THEMES[series.theme]
    panel = (series.width, series.height, theme, series.inches, series.percent)
    makers: tuple[Callable[[], Screens | TillScreens | DeskScreens], ...] = (
        lambda: Screens(*panel),
        lambda: TillScreens(*panel),
    )
    if series in DESK_SERIES:
        makers = (lambda: DeskScreens(series.width, series.height, theme),)
    for make in makers:
        screens = make()
        for name in screens.show_all():
            for _ in range(4):  # laid out, then laid out again for what the first time changed
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
