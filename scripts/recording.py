"""Records the demo's window as the animated picture of the README: `make recording`.

    .venv/bin/python scripts/recording.py [FILE]

The demo is played for real, drawn into memory, so no display is needed. A picture is taken when
something has just been shown, and stays for a time that is fixed here, however long this machine
took: the recording of a slow machine is as fluent as that of a fast one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from PySide6.QtCore import QDeadlineTimer

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from gatekeeper.demo.steps import Step, Tally
    from gatekeeper.gate.answer import ScanAnswer
    from gatekeeper.ui.demo.run import OpenedDemo

ROOT: Final = Path(__file__).resolve().parents[1]
_WINDOW: Final = (1366, 768)
_PICTURE: Final = (1024, 576)
_QUALITY: Final = 72
_PATIENCE_MS: Final = 240_000
_SETTLE_MS: Final = 160
_HEADLINE_MS: Final = 2_400
_SCAN_MS: Final = 420
_LOOK_MS: Final = 1_300
_END_MS: Final = 3_500
_SHOWN_SCANS: Final = {"admit": 8, "copy": 5, "cut": 2, "both": 12, "walkup": 3}
"""So many of a step's scans are shown, the last ones; the others are more of the same."""
_SCANS: Final = {"admit": 16, "copy": 5, "cut": 2, "both": 28, "walkup": 3}


def main() -> int:
    """Record, and say how large the file is."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(ROOT))
    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.ui.demo.run import OpenedDemo

    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "demo.webp"
    with tempfile.TemporaryDirectory(prefix="gatekeeper-recording-") as folder:
        system = machine_system()
        opened = OpenedDemo(Path(folder), system, 1, pace=_SCAN_MS / 5_500, language="en")
        recorder = Recorder(opened)
        try:
            recorder.record_story()
            recorder.record_trying()
        finally:
            opened.window.stop()
            opened.window.close()
    recorder.save(path)
    print(f"{path}: {len(recorder.frames)} pictures, {path.stat().st_size / 1e6:.2f} MB")
    return 0


class Recorder:
    """Takes pictures of the demo's window."""

    def __init__(self, opened: OpenedDemo) -> None:
        self._opened, self._window = opened, opened.window
        self._step = ""
        self._scans: Counter[str] = Counter()
        self.frames: list[tuple[Image.Image, int]] = []
        self._wanted: list[int] = []
        stage = opened.stage
        stage.began.connect(self._begin)
        stage.saw.connect(self._see)
        stage.sold.connect(lambda *_: self._wanted.append(_LOOK_MS))
        self._window.resize(*_WINDOW)
        self._window.show()

    def record_story(self) -> None:
        """Play it and take the pictures that were wanted."""
        self._opened.stage.start()
        self._wait(lambda: self._step == "end")
        self._wait(lambda: bool(self._window.devices.card.codes))

    def record_trying(self) -> None:
        """Show one good ticket at both gates, and a family."""
        from gatekeeper.demo.codes_to_try import CardKind

        window = self._window
        window.try_it.click()
        self._rest()
        self._take(_HEADLINE_MS)
        for gate, kind in (
            ("North", CardKind.FRESH),
            ("South", CardKind.FRESH),
            ("North", CardKind.FAMILY),
        ):
            window.devices.columns[gate].target.click()
            window.devices.card.button_of(kind).click()
            self._rest(5)
            self._take(_LOOK_MS)
        window.own_event.click()
        self._rest()
        self._take(_END_MS)

    def save(self, path: Path) -> None:
        """Write the pictures as one, each for its time."""
        first, *others = [picture for picture, _ in self.frames]
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=[ms for _, ms in self.frames],
            loop=0,
            quality=_QUALITY,
            method=6,
            minimize_size=True,
        )

    def _begin(self, step: Step, _tally: Tally) -> None:
        self._step = step.value
        self._wanted.append(_END_MS if step.value == "end" else _HEADLINE_MS)

    def _see(self, _gate: str, _answer: ScanAnswer) -> None:
        step = self._step
        self._scans[step] += 1
        if self._scans[step] > _SCANS[step] - _SHOWN_SCANS[step]:
            self._wanted.append(_LOOK_MS if step in {"copy", "cut", "walkup"} else _SCAN_MS)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        patience = QDeadlineTimer(_PATIENCE_MS)
        while self._wanted or not is_so():
            if patience.hasExpired() or self._window.is_broken:
                message = f"the story stopped: {self._window.headline.text.text()}"
                raise RuntimeError(message)
            self._opened.app.processEvents()
            while self._wanted:
                ms = self._wanted.pop(0)
                self._rest()
                self._take(ms)

    def _rest(self, times: int = 1) -> None:
        """Let the window paint what it was told."""
        resting = QDeadlineTimer(_SETTLE_MS * times)
        while not resting.hasExpired():
            self._opened.app.processEvents()

    def _take(self, ms: int) -> None:
        image = self._window.grab().toImage()
        picture = _convert(image).resize(_PICTURE, Image.Resampling.LANCZOS)
        if self.frames and self.frames[-1][0].tobytes() == picture.tobytes():
            before = self.frames.pop()
            self.frames.append((before[0], before[1] + ms))
        else:
            self.frames.append((picture, ms))


def _convert(image: QImage) -> Image.Image:
    rgb = image.convertToFormat(image.Format.Format_RGB888)
    size = (rgb.width(), rgb.height())
    return Image.frombytes("RGB", size, bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine())


if __name__ == "__main__":
    sys.exit(main())
