"""`gatekeeper demo`: the whole story on this machine, in a window or as a page of text."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from command_line.ending_signals import EndingSignals
from command_line.json_lines import encode_line
from gatekeeper.commands.display import can_show_window

if TYPE_CHECKING:
    from gatekeeper.demo.story import StorySummary

_ATTEMPT_S: Final = 30
_EPILOG: Final = """example:
  gatekeeper demo
  gatekeeper demo --headless --seed 7

With a display, a window shows two gates and a till, and lets you try them. Without one, or with
--headless, the story is a page of text on standard error, and standard output has one JSON object:
how many were admitted, denied, sold and lost, how many double uses were found, and five sample
codes with the keyring that verifies them.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--headless", action="store_true", help="tell the story as text, without a window"
    )
    parser.add_argument("--seed", type=int, default=1, help="which tickets are copied (default 1)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the server's and devices' folders here"
    )


def run(args: argparse.Namespace) -> int:
    """Tell the story; whatever ends it, nothing that it started goes on."""
    with EndingSignals() as ending:
        if args.keep is not None:
            _make_folder(args.keep)
            return _play(args, args.keep, ending)
        with tempfile.TemporaryDirectory(
            prefix="gatekeeper-demo-", ignore_cleanup_errors=True
        ) as folder:
            return _play(args, Path(folder), ending)


def _make_folder(folder: Path) -> None:
    """Make the folder that the demo is to leave behind.

    Raises:
        BadInput: if it cannot be made or written.
    """
    from shared.kernel.errors import BadInput

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        message = f"nothing can be written to {folder} ({fault.strerror}); choose another folder"
        raise BadInput(message) from fault


def _play(args: argparse.Namespace, folder: Path, ending: EndingSignals) -> int:
    if args.headless or not _has_display():
        return _play_as_text(args, folder, ending)

    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.ui.demo.run import run_demo_window

    return run_demo_window(
        folder,
        machine_system(),
        args.seed,
        ending,
        is_passing=args.keep is None,
        prefix=_prefix(),
    )


def _play_as_text(args: argparse.Namespace, folder: Path, ending: EndingSignals) -> int:

    from gatekeeper.demo.server_and_devices import DemoVenue
    from gatekeeper.demo.story import play_without_window
    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.presenters.demo_terminal import DemoPage
    from gatekeeper.wording.texts import Texts

    page = DemoPage(_write_line, Texts(), has_colors=_has_colors(), prefix=_prefix())
    venue = DemoVenue(folder, machine_system(), page, is_passing=args.keep is None)

    async def play() -> StorySummary:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        ending.call(lambda: loop.call_soon_threadsafe(task.cancel))
        try:
            return await play_without_window(venue, args.seed, page)
        finally:
            ending.call(None)

    try:
        summary = asyncio.run(play())
    except asyncio.CancelledError:
        assert ending.status is not None
        return ending.status
    page.close(summary)
    sys.stdout.write(encode_line(summary).decode() + "\n")
    return 0 if summary.is_whole else 1


def _has_display() -> bool:
    """Tell whether a window can be shown: another process tries, since Qt ends one that cannot."""
    if not can_show_window():
        return False
    attempt = "from PySide6.QtWidgets import QApplication; QApplication([])"
    try:
        tried = subprocess.run(
            [sys.executable, "-c", attempt], capture_output=True, timeout=_ATTEMPT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0


def _prefix() -> str:
    """Return what to write before a program's name, so that a shell finds it from here."""
    if shutil.which("gatekeeper") is not None:
        return ""
    folder = Path(sys.executable).parent
    here = Path.cwd()
    return f"{folder.relative_to(here) if folder.is_relative_to(here) else folder}/"


def _write_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _has_colors() -> bool:
    """Tell whether who reads wants colours: a terminal, and nobody said no (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
