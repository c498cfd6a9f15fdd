"""Files of every kind, harmless or not: each a code or a plain word, never a crash."""

from __future__ import annotations

import argparse
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from command_line.clock_and_randomness import SystemClock
from gatekeeper.commands import decode
from gatekeeper.readers import decoder_libraries
from gatekeeper.readers.decoding import decode_thoroughly
from gatekeeper.readers.image_files import decode_file
from gatekeeper.readers.picture_filters import blurred
from gatekeeper.this_machine import EffortClock
from shared.kernel.errors import BadInput
from shared.kernel.instant import MILLISECOND
from tests.factories.sent_pictures import make_staged_picture
from tests.factories.strength import sized

_ROOT = Path(__file__).parents[3]
_TEXT = "73105566104827364510192837465564738291"
_EDGE_MAX = 65_535  # pixels that the engines can count along a side

# `ru_maxrss` would count what the process was before it became this program: a copy of the test's.
_DECODE_AND_TELL_PEAK = """
import sys
from pathlib import Path
from gatekeeper.cli import main
status = main(sys.argv[1:])
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(peak, file=sys.stderr)
sys.exit(status)
"""


def _picture(text: str = _TEXT, *, scale: int = 5, dark: str = "black") -> Image.Image:
    buffer = io.BytesIO()
    segno.make(text, micro=False).save(buffer, kind="png", scale=scale, border=4, dark=dark)
    return Image.open(buffer).convert("RGB")


def _texts(path: Path) -> list[str]:
    return [code.text for code in decode_file(path, EffortClock())]


def _refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        decode_file(path, EffortClock())
    return str(caught.value)


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "bmp", "webp", "tiff", "ppm"])
def test_every_kind_of_picture_is_read(tmp_path: Path, kind: str) -> None:
    """The kinds that phones, mail programs and scanners make."""
    path = tmp_path / f"ticket.{kind}"
    _picture().save(path)
    assert _texts(path) == [_TEXT]


def test_deep_and_unusual_pixels_are_read(tmp_path: Path) -> None:
    """16 bits, floats, one bit, palette, CMYK."""
    picture = _picture()
    grey = np.asarray(picture.convert("L"), dtype=np.uint16) * 100 + 7000
    Image.fromarray(grey).save(tmp_path / "deep.png")
    Image.fromarray(grey.astype(np.float32) / 9e4).save(tmp_path / "float.tiff")
    picture.convert("1").save(tmp_path / "bits.png")
    picture.convert("P").save(tmp_path / "palette.png")
    picture.convert("CMYK").save(tmp_path / "print.jpg")
    for path in sorted(tmp_path.iterdir()):
        assert _texts(path) == [_TEXT], path.name


@pytest.mark.parametrize("dark", ["black", "white"])
def test_see_through_background_is_white_or_else_black(tmp_path: Path, dark: str) -> None:
    """A code that was drawn on nothing is read on the ground on which it shows."""
    path = tmp_path / "ticket.png"
    segno.make(_TEXT, micro=False).save(str(path), scale=5, border=4, dark=dark, light=None)
    assert _texts(path) == [_TEXT]


def test_picture_turned_by_exif_and_negative_are_read(tmp_path: Path) -> None:
    """As a phone lies in the hand, and as it shows tickets at night."""
    turned = Image.Exif()
    turned[0x0112] = 6
    _picture().rotate(13, expand=True, fillcolor="white").save(tmp_path / "a.jpg", exif=turned)
    negative = Image.fromarray(255 - np.asarray(_picture()))
    negative.save(tmp_path / "b.png")
    for path in sorted(tmp_path.iterdir()):
        assert _texts(path) == [_TEXT]


def test_animation_gives_its_first_picture(tmp_path: Path) -> None:
    """A moving GIF is no trap."""
    path = tmp_path / "ticket.gif"
    blank = Image.new("RGB", _picture().size, "white")
    _picture().save(path, save_all=True, append_images=[blank] * 30, duration=20)
    assert _texts(path) == [_TEXT]


def test_two_codes_in_a_picture_are_both_read(tmp_path: Path) -> None:
    """An order's tickets on one page."""
    page = Image.new("RGB", (900, 500), "white")
    page.paste(_picture("1111111111"), (40, 60))
    page.paste(_picture("2222222222"), (480, 180))
    page.save(tmp_path / "page.png")
    assert sorted(_texts(tmp_path / "page.png")) == ["1111111111", "2222222222"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("Aztec", "TICKET 0815 / Block C"),
        ("PDF417", "TICKET 0815 / Block C"),
        ("DataMatrix", "TICKET 0815 / Block C"),
        ("Code128", "TKT-20260704-ABCD1234"),
        ("EAN13", "4006381333931"),
    ],
)
def test_foreign_symbologies_are_read(tmp_path: Path, form: str, text: str) -> None:
    """Codes that other sellers print: those with a check of their own."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, form))
    drawn = np.asarray(zxingcpp.write_barcode_to_image(made, scale=4))
    Image.fromarray(np.pad(drawn, 40, constant_values=255)).save(tmp_path / "code.png")
    codes = decode_file(tmp_path / "code.png", EffortClock())
    assert [(code.text, code.symbology) for code in codes] == [(text, form)]


@pytest.mark.parametrize(
    ("form", "text", "scale", "softness"),
    [
        ("Aztec", "TKT-7K2M9", 6, 2.4),
        ("DataMatrix", "TKT-7K2M9", 4, 1.8),
        ("MicroQRCode", "7K2M9", 6, 2.8),
        ("Code128", "TKT-7K2M9", 3, 1.9),
    ],
)
def test_a_soft_picture_of_a_foreign_symbology_is_read(
    tmp_path: Path, form: str, text: str, scale: int, softness: float
) -> None:
    """A camera out of focus: what it says once is confirmed otherwise than by more blur."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, form))
    drawn = np.asarray(zxingcpp.write_barcode_to_image(made, scale=scale))
    soft = blurred(np.pad(drawn, 40, constant_values=255), softness)
    Image.fromarray(soft).save(tmp_path / "soft.png")
    assert _texts(tmp_path / "soft.png") == [text]


@pytest.mark.parametrize(
    ("form", "text"), [("Code39", "123456"), ("ITF", "123456"), ("Codabar", "A123456B")]
)
def test_symbology_without_a_check_is_not_believed(tmp_path: Path, form: str, text: str) -> None:
    """Any stripes say something in these."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, form))
    drawn = np.asarray(zxingcpp.write_barcode_to_image(made, scale=4))
    Image.fromarray(np.pad(drawn, 40, constant_values=255)).save(tmp_path / "code.png")
    assert _texts(tmp_path / "code.png") == []


@pytest.mark.parametrize("eci", [False, True])
@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Käse für Jürgen – naïve 東京 🎫"),
        ("iso-8859-1", "Ünal, Señor Größe, 5 Straße"),
        ("shift-jis", "東京ドーム チケット 第3ゲート"),
        ("cp1252", "naïve – “quoted” text…"),
    ],
)
def test_text_is_exact_in_its_charset(
    tmp_path: Path, charset: str, text: str, *, eci: bool
) -> None:
    """Declared by ECI where there is one, else recognized."""
    code = segno.make(text, encoding=charset, mode="byte", eci=eci, micro=False)
    code.save(str(tmp_path / "code.png"), scale=4, border=4)
    assert _texts(tmp_path / "code.png") == [text]


def test_a_large_symbol_that_cannot_be_read_breaks_nothing() -> None:
    """A third of version 20 is covered: its grid has more points than OpenCV takes at once."""
    made = segno.make(_TEXT, version=20, error="m", micro=False, boost_error=False)
    drawn = np.array([list(row) for row in made.matrix_iter(border=4)], dtype=np.uint8)
    picture = np.kron(255 - 255 * drawn, np.ones((4, 4), dtype=np.uint8))
    edge = picture.shape[0]
    picture[edge // 4 : edge // 4 * 3, edge // 4 : edge // 4 * 3] = 128
    assert decode_thoroughly([picture], SystemClock(), budget=150 * MILLISECOND) == []


def test_low_contrast_colours_are_read(tmp_path: Path) -> None:
    """Red on green of one brightness shows in the colours, not in the grey."""
    mask = np.asarray(_picture().convert("L")) < 128
    red, green = np.array([200, 60, 60]), np.array([60, 131, 60])
    Image.fromarray(np.where(mask[..., None], red, green).astype(np.uint8)).save(
        tmp_path / "poster.png"
    )
    assert _texts(tmp_path / "poster.png") == [_TEXT]


def _bomb(path: Path, edge: int, height: int | None = None) -> None:
    """Write a PNG of edge × height (else edge) white pixels, a bit each, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (edge // 8)
    body = b"".join(packer.compress(row) for _ in range(height or edge)) + packer.flush()
    header = struct.pack(">IIBBBBB", edge, height or edge, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_file_that_is_no_picture_is_refused_with_a_word(tmp_path: Path) -> None:
    """Empty, text, PDF, HEIC, archives, folders, devices, missing: each says what it is."""
    made = {
        "empty.png": (b"", "empty"),
        "text.png": (b"hello, this is no picture at all\n" * 9, "not a picture"),
        "page.pdf": (b"%PDF-1.7\n1 0 obj", "a PDF"),
        "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(64), "HEIC"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        "tickets.zip": (b"PK\x03\x04" + bytes(64), "archive"),
        "noise.jpg": (bytes(range(256)) * 40, "not a picture"),
        "stages.jpg": (make_staged_picture(100), "stages"),
    }
    for name, (content, word) in made.items():
        (tmp_path / name).write_bytes(content)
        assert word in _refusal(tmp_path / name), name
    assert "no such file" in _refusal(tmp_path / "missing.png")
    assert "not a file" in _refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in _refusal(tmp_path / "pipe.png")
    assert _refusal(Path("nul\0byte.png")) != ""
    assert _refusal(Path("x" * 5000)) != ""


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "bmp", "tiff"])
def test_damaged_picture_is_refused_or_read_but_never_breaks(tmp_path: Path, kind: str) -> None:
    """Cut at every eighth of its length, and with bytes changed."""
    path = tmp_path / f"whole.{kind}"
    _picture().save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(7)
    cases = [whole[: len(whole) * part // 8] for part in range(1, 8)]
    for _ in range(sized(10, 30)):
        changed = bytearray(whole)
        for at in rng.integers(0, len(whole), 5):
            changed[at] = int(rng.integers(256))
        cases.append(bytes(changed))
    for content in cases:
        path.write_bytes(content)
        refusal, codes = "", []
        try:
            codes = decode_file(path, SystemClock(), budget=20 * MILLISECOND)
        except BadInput as error:
            refusal = str(error) or "no word"
        assert refusal != "no word"
        assert {code.text for code in codes} <= {_TEXT}


def test_tiny_and_blank_pictures_hold_nothing(tmp_path: Path) -> None:
    """One pixel, one row, one column, all white, all black."""
    for at, size in enumerate([(1, 1), (1, 900), (900, 1), (2, 2), (30, 30), (640, 480)]):
        for colour in ("white", "black"):
            path = tmp_path / f"{at}{colour}.png"
            Image.new("RGB", size, colour).save(path)
            assert _texts(path) == []


def test_decompression_bomb_costs_no_memory(tmp_path: Path) -> None:
    """20,000 × 20,000 pixels in 50 kB are refused by their header alone."""
    bomb = tmp_path / "bomb.png"
    _bomb(bomb, 20_000)
    assert bomb.stat().st_size < 200_000
    good = tmp_path / "ticket.png"
    _picture().save(good)
    done = subprocess.run(
        [sys.executable, "-c", _DECODE_AND_TELL_PEAK, "decode", str(bomb), str(good)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert "million pixels" in lines[0]["error"]
    assert lines[0]["codes"] == []
    assert lines[1]["codes"][0]["text"] == _TEXT
    # Nothing but the peak, in kB: no traceback, no warning.
    assert int(done.stderr) < 400 * 1024


def test_a_large_photograph_is_read_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera's JPEG beyond what is held at once is; what cannot be read in parts is refused."""
    picture = _picture().convert("L")
    monkeypatch.setattr(
        "gatekeeper.readers.image_files.PIXELS_MAX", picture.width * picture.height // 3
    )
    picture.save(tmp_path / "photo.jpg")
    assert _texts(tmp_path / "photo.jpg") == [_TEXT]
    picture.save(tmp_path / "progressive.jpg", progressive=True)
    picture.save(tmp_path / "photo.png")
    for name in ("progressive.jpg", "photo.png"):
        assert "million pixels" in _refusal(tmp_path / name)


def test_a_picture_wider_than_engines_can_count_is_too_large(tmp_path: Path) -> None:
    """It is said in a word, and what comes after it on the line is read."""
    _bomb(tmp_path / "wide.png", _EDGE_MAX + 1, height=16)
    assert "65535 along a side" in _refusal(tmp_path / "wide.png")
    _bomb(tmp_path / "widest.png", _EDGE_MAX - _EDGE_MAX % 8, height=16)
    assert _texts(tmp_path / "widest.png") == []


class _Work:
    """Counts the pixels that engines are shown: what a picture costs, on any machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pixels = 0
        read = zxingcpp.read_barcodes

        def counted(picture: NDArray[np.uint8], **how: Any) -> Any:
            kinds = 1 if how["formats"] == decoder_libraries.QR else 10
            self.pixels += picture.size * kinds
            return read(picture, **how)

        monkeypatch.setattr(zxingcpp, "read_barcodes", counted)


def test_a_large_picture_is_looked_at_as_finely_as_its_time_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fifty million pixels of noise, 0.15 s: no look for other symbologies on all of them."""
    noise = np.random.default_rng(3).integers(0, 255, (7_000, 7_000), dtype=np.uint8)
    work = _Work(monkeypatch)
    assert decode_thoroughly([noise], SystemClock(), budget=150 * MILLISECOND) == []
    assert work.pixels <= 80_000_000


def test_a_code_on_a_large_picture_is_found_where_it_stands() -> None:
    """Looked at smaller for want of time, its corners are still the picture's."""
    page = np.full((7_000, 7_000), 255, dtype=np.uint8)
    code = np.asarray(_picture(scale=20).convert("L"))
    page[5_000 : 5_000 + code.shape[0], 4_000 : 4_000 + code.shape[1]] = code
    (found,) = decode_thoroughly([page], SystemClock(), budget=150 * MILLISECOND)
    assert found.text == _TEXT
    xs, ys = zip(*found.corners, strict=True)
    assert min(xs) == pytest.approx(4_080, abs=20)
    assert min(ys) == pytest.approx(5_080, abs=20)


def test_decode_prints_a_line_per_file_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The contract's fields, exit 0 if each file gave a code, else 1."""
    good, blank = tmp_path / "good.png", tmp_path / "blank.png"
    _picture().save(good)
    Image.new("L", (200, 200), 255).save(blank)

    def run(*files: Path) -> tuple[int, list[dict[str, object]]]:
        parser = argparse.ArgumentParser()
        decode.describe(parser)
        status = decode.run(parser.parse_args([*map(str, files)]))
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    status, (line,) = run(good)
    assert status == 0
    assert set(line) == {"file", "codes", "error"}
    assert line["file"] == str(good)
    assert line["error"] is None
    (code,) = line["codes"] if isinstance(line["codes"], list) else []
    assert set(code) == {"text", "symbology", "engine", "ms"}
    assert (code["text"], code["symbology"], code["engine"]) == (_TEXT, "QRCode", "zxing")
    assert code["ms"] > 0
    status, lines = run(blank, good, tmp_path / "missing")
    assert status == 1
    assert [bool(line["codes"]) for line in lines] == [False, True, False]
    assert all((line["error"] is None) == bool(line["codes"]) for line in lines)
