"""Pictures of tickets, spoilt: a code is read as it is or not at all, within a budget."""

from __future__ import annotations

import io
import random
import tempfile
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.decoding import LiveDecoder
from gatekeeper.readers.image_files import decode_file
from shared.kernel.instant import MILLISECOND
from soak.fuzz.mutate import Dice
from soak.fuzz.target import Target
from tests.factories.gate_event import TicketOffice

FRAME: Final = (480, 640)
TICKETS: Final = 40
FIRST_PASS_MS: Final = 50.0
SECOND_LOOK_MS: Final = 120.0
"""An attempt of a second pass may be under way when its budget ends; no frame waits for it."""
FILE_MS: Final = 1_500.0
FILE_BUDGET: Final = 100 * MILLISECOND
Grey = NDArray[np.uint8]


def picture_targets() -> list[Target]:
    """List what reads pictures."""
    office, clock = TicketOffice("pictures"), SystemClock()
    texts = [office.sell() for _ in range(TICKETS)]
    codes = [_draw_code(text) for text in texts]
    decoder = LiveDecoder(clock)
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-fuzz-"))

    def check(found: list[Any]) -> str:
        wrong = [code.text for code in found if code.text.isdigit() and code.text not in texts]
        misread = [text for text in wrong if len(text) == len(texts[0])]
        return f"misread: {misread[0]}" if misread else ""

    def read_frame(frame: Grey) -> str:
        return check(decoder.first_pass(frame))

    def read_again(frame: Grey) -> str:
        return check(decoder.second_pass(frame))

    def read_file(content: bytes) -> str:
        path = folder / "picture"
        path.write_bytes(content)
        return check(decode_file(path, clock, budget=FILE_BUDGET))

    def draw_frame(dice: Dice) -> Grey:
        return _spoil_frame(dice, dice.random.choice(codes))

    def draw_file(dice: Dice) -> bytes:
        made = io.BytesIO()
        kind = dice.random.choice(("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"))
        Image.fromarray(_spoil_frame(dice, dice.random.choice(codes))).save(made, kind)
        content = made.getvalue()
        if dice.random.random() < 0.7:
            spoilt = bytearray(content)
            for _ in range(dice.random.randint(1, 8)):
                spoilt[dice.random.randrange(len(spoilt))] = dice.random.randrange(256)
            return bytes(spoilt[: dice.random.randint(1, len(spoilt))])
        return content

    return [
        Target(
            name="camera's frame", weight=6, draw=draw_frame, read=read_frame,
            budget_ms=FIRST_PASS_MS,
        ),
        Target(
            name="second look", weight=3, draw=draw_frame, read=read_again,
            budget_ms=SECOND_LOOK_MS,
        ),
        Target(
            name="picture file", weight=1, draw=draw_file, read=read_file, budget_ms=FILE_MS
        ),
    ]  # fmt: skip


def _draw_code(text: str) -> Grey:
    made = io.BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="png", scale=6, border=4)
    return np.asarray(Image.open(io.BytesIO(made.getvalue())).convert("L"), dtype=np.uint8)


def _spoil_frame(dice: Dice, code: Grey) -> Grey:
    """Put a code into a frame as a shaking hand, bad light and a hostile printer do."""
    draw, (height, width) = dice.random, FRAME
    frame = _place(draw, code)
    if draw.random() < 0.5:
        frame = cv2.GaussianBlur(frame, (0, 0), draw.uniform(0.3, 4))
    if draw.random() < 0.5:
        grain = np.random.default_rng(draw.randrange(1 << 32))
        noise = grain.normal(0, draw.uniform(1, 90), frame.shape)
        frame = np.clip(frame + noise, 0, 255).astype(np.uint8)
    for _ in range(draw.randrange(6)):
        corner = (draw.randrange(width), draw.randrange(height))
        other = (draw.randrange(width), draw.randrange(height))
        cv2.rectangle(frame, corner, other, draw.randrange(256), draw.choice((1, 3, -1)))
    if draw.random() < 0.2:
        frame = 255 - frame
    if draw.random() < 0.1:
        frame = frame[: draw.randint(1, height), : draw.randint(1, width)]
    return np.ascontiguousarray(frame, dtype=np.uint8)


def _place(draw: random.Random, code: Grey) -> Any:
    """Hold a code before the camera, turned and bent."""
    height, width = FRAME
    high, wide = code.shape
    edge = draw.uniform(60, 440)
    left, top = draw.uniform(-40, width - edge), draw.uniform(-40, height - edge)
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    before = np.array([(x * wide, y * high) for x, y in corners], dtype=np.float32)
    after = np.array(
        [
            (left + x * edge + draw.uniform(-40, 40), top + y * edge + draw.uniform(-40, 40))
            for x, y in corners
        ],
        dtype=np.float32,
    )
    warp = cv2.getPerspectiveTransform(before, after)
    return cv2.warpPerspective(code, warp, (width, height), borderValue=draw.randrange(256))
