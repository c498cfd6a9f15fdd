"""Writes every screen of the gate's window as PNG files: `make screenshots`.

    .venv/bin/python scripts/screenshots.py [FOLDER]

The screens are drawn into memory, so no display is needed. FOLDER is `build/screenshots` unless
given; pictures are named SIZE-THEME-SCREEN.png.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SIZES: Final = ((1920, 1080), (1366, 768), (1080, 1920))
THEMES: Final = {(1920, 1080): ("dark", "light", "contrast")}


def main() -> int:
    """Draw all screens in all sizes; say where they are."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    from gatekeeper.ui.app import make_application
    from gatekeeper.ui.colors import THEMES as KNOWN_THEMES
    from tests.factories.screens import Screens

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    app = make_application()
    count = 0
    for width, height in SIZES:
        for theme in THEMES.get((width, height), ("dark",)):
            screens = Screens(width, height, KNOWN_THEMES[theme])
            for name in screens.show_all():
                app.processEvents()
                path = folder / f"{width}x{height}-{theme}-{name}.png"
                if not screens.window.grab().save(str(path)):
                    print(f"cannot write {path}", file=sys.stderr)
                    return 3
                count += 1
            screens.close()
    print(f"{count} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
