"""Of a machine's video devices only cameras are taken for the gate's."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gatekeeper.readers.video_devices import captures, list_cameras


@pytest.mark.parametrize(
    ("whole", "node", "is_camera"),
    [
        (0x84A0_0001, 0x0420_0001, True),  # a webcam's pictures
        (0x84A0_0001, 0x04A0_0000, False),  # the same webcam's figures about them
        (0x8420_4000, 0x0420_4000, False),  # a small computer's decoder
        (0x0500_0001, 0, True),  # an old driver that tells of the whole device alone
    ],
)
def test_what_gives_pictures_is_a_camera(whole: int, node: int, *, is_camera: bool) -> None:
    """By the capabilities of the node, which the driver tells."""
    answer = bytearray(104)
    struct.pack_into("=II", answer, 84, whole, node)
    assert captures(bytes(answer)) is is_camera


def test_what_cannot_be_asked_may_be_a_camera(tmp_path: Path) -> None:
    """It is said on the screen then that it gives no picture."""
    assert list_cameras(tmp_path) == []
    for name in ("video10", "video2", "video-x"):
        (tmp_path / name).touch()
    (tmp_path / "video3").symlink_to(tmp_path / "nothing")
    assert list_cameras(tmp_path) == [2, 3, 10]
