"""What only a till does is refused at a gate's folder, by every verb in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.cli import main
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId, OrganizationId

GATE = Profile(
    server_url="http://127.0.0.1:9",
    device_id=DeviceId("dv_1"),
    organization_id=OrganizationId("og_1"),
    organization="Lantern Society",
    root_public_key="00" * 32,
    token="secret",
    role="gate",
)


@pytest.mark.parametrize(
    "words", [["tag", "--type", "1"], ["print", "--test"], ["terminal"], ["till", "--lines"]]
)
def test_a_gate_is_told_that_it_is_no_till(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate was told to open a shift, or that its page waits for a printer that is the screen."""
    disk = FolderDisk(tmp_path)
    save_profile(disk, GATE)
    save_key(disk, DEVICE_KEY_NAME, SigningKey(bytes(range(32))))
    assert main([*words, "--profile", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "this folder belongs to a gate, not a till" in told.err
    assert told.out == ""
