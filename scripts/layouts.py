"""Walks every page on every panel, in every language and text size: `make layouts`.

    .venv/bin/python scripts/layouts.py [--jobs N] [--panel NAME] [--language CODE] [--percent N]

Says what is clipped, overlaps, is too small to touch or cannot be reached, and ends with status
1 if it found anything. No display is needed. The options narrow the walk; each may be repeated.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
_SHOWN_MOST: Final = 100
_DESK: Final = "desk-"
DESKS: Final = ("desk-1180x760", "desk-1366x728")
"""Windows of the organizer's desk."""


class Walk(NamedTuple):
    """One panel, language and text size."""

    panel: str
    language: str
    percent: int

    @property
    def name(self) -> str:
        """What it is called by."""
        return f"{self.panel} {self.language} {self.percent} %"


def walk(one: Walk) -> tuple[Walk, int, list[str]]:
    """Walk every page; return how many there are, and what is wrong with them."""
    if one.panel.startswith(_DESK):
        return walk_desk(one)
    from gatekeeper.presenters.colors import DARK
    from gatekeeper.ui.application import make_application
    from gatekeeper.ui.switching_language import speak_language
    from tests.factories.panels import PANELS
    from tests.factories.screens import Screens
    from tests.factories.till_screens import TillScreens
    from tests.ui.fitting import cut_off_on, settle

    speak_language(make_application(), one.language)
    panel = next(panel for panel in PANELS if panel.name == one.panel)
    found, count = [], 0
    for kind in (Screens, TillScreens):
        screens = kind(panel.width, panel.height, DARK, panel.inches, one.percent)
        for name in screens.show_all():
            settle()
            count += 1
            found += [f"{one.name}: {name}: {flaw}" for flaw in cut_off_on(screens.window)]
        screens.close()
    return one, count, found


def walk_desk(one: Walk) -> tuple[Walk, int, list[str]]:
    """Walk every page of the organizer's desk; its window is named where a panel would be."""
    from gatekeeper.presenters.colors import DARK, LIGHT
    from gatekeeper.ui.application import make_application
    from gatekeeper.ui.switching_language import speak_language
    from tests.factories.desk_screens import DeskScreens
    from tests.factories.desk_states import show_states
    from tests.ui.fitting import cut_off_at_desk, settle

    speak_language(make_application(), one.language)
    width, _, height = one.panel.removeprefix(_DESK).partition("x")
    found, count = [], 0
    for theme, show in product((LIGHT, DARK), (DeskScreens.show_all, show_states)):
        screens = DeskScreens(int(width), int(height), theme)
        for name in show(screens):
            settle()
            count += 1
            found += [f"{one.name}: {name}: {flaw}" for flaw in cut_off_at_desk(screens.window)]
        screens.close()
    return one, count, found


def main() -> int:
    """Walk all in several processes; return 1 if anything does not fit."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    from shared.kernel.languages import LANGUAGE_NAMES
    from tests.factories.panels import PANELS, TEXT_SIZES

    panels = [panel.name for panel in PANELS] + list(DESKS)
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--panel", action="append", choices=panels)
    parser.add_argument("--language", action="append", choices=list(LANGUAGE_NAMES))
    parser.add_argument("--percent", action="append", type=int, choices=TEXT_SIZES)
    args = parser.parse_args()
    walks = [
        Walk(*parts)
        for parts in product(
            args.panel or panels,
            args.language or LANGUAGE_NAMES,
            args.percent or TEXT_SIZES,
        )
        # The desk's letters are the system's own size.
        if not parts[0].startswith(_DESK) or parts[2] == TEXT_SIZES[0]
    ]
    return _walk_all(walks, args.jobs)


def _walk_all(walks: list[Walk], jobs: int) -> int:
    pages, found = 0, list[str]()
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs) as pool:
        for place, (one, count, flaws) in enumerate(pool.imap_unordered(walk, walks), 1):
            pages += count
            found += flaws
            said = f"{len(flaws)} findings" if flaws else "fits"
            print(f"{place:>4}/{len(walks)}  {one.name}: {said}", flush=True)
    for flaw in found[:_SHOWN_MOST]:
        print(flaw)
    if len(found) > _SHOWN_MOST:
        print(f"... and {len(found) - _SHOWN_MOST} more")
    worst = Counter(flaw.split(": ")[1] for flaw in found).most_common(5)
    print(f"{pages} pages on {len(walks)} layouts: {len(found)} findings")
    if worst:
        print("most of them on " + ", ".join(f"{page} ({count})" for page, count in worst))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
