"""A gate whose folder cannot be made: said in words, and nobody's code is spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.device.profile_folder import PairingRequest, ProfileFolder
from gatekeeper.device.this_machine import machine_system
from shared.kernel.errors import EnvironmentFault
from shared.wire.enrol_code import draw_code
from tests.fakes.entropy import SeededEntropy


async def test_a_folder_that_leads_nowhere_is_named_before_the_server_is_asked(
    tmp_path: Path,
) -> None:
    """A link to a stick that is gone; nobody listens at the address, and nobody is asked."""
    folder = tmp_path / "gate"
    folder.symlink_to(tmp_path / "stick" / "gate")
    request = PairingRequest(url="http://127.0.0.1:1", code=draw_code(SeededEntropy()))
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        await ProfileFolder(folder, machine_system()).pair(request)
