"""A campaign of the simulator whose processes end as they begin: no world is ever run."""

from __future__ import annotations

import os
import sys

if __name__ != "__main__":  # where a process begins that is to run worlds
    os._exit(1)

from command_line.exit_statuses import run_to_status
from simulator.__main__ import main

sys.exit(run_to_status("simulator", main))
