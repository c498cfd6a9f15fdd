"""Where this test process looks for a smart card service: a test's own, or none.

The PC/SC library keeps the socket that it was told of when it was first asked. So it is told
before any test: else one that opens a reader somewhere would hide the service of all later ones.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def pcsc_folder() -> Path:
    """Return the folder of the socket; it need not be there."""
    return Path(tempfile.gettempdir()) / f"gk-pcsc-{os.getpid()}"


def use_own_service() -> None:
    """Tell the library, and programs that this process starts."""
    os.environ["PCSCLITE_CSOCK_NAME"] = str(pcsc_folder() / "pcscd.comm")
