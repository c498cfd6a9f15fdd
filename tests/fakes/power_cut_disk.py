"""A disk that loses what was not synced: the simulator's, and a power switch."""

from __future__ import annotations

from contextlib import suppress

import apsw

from simulator.kernel.dice import Dice
from simulator.kernel.disk import SimDisk


class PowerCut(BaseException):
    """The program stops here, whatever it was doing."""


class Switch:
    """A crash point that cuts the power at one occurrence of one name."""

    def __init__(self, name: str, occurrence: int) -> None:
        self.name, self.left = name, occurrence
        self.is_armed = False

    def __call__(self, name: str) -> None:
        if self.is_armed and name == self.name:
            self.left -= 1
            if self.left == 0:
                raise PowerCut


class PowerCutDisk(SimDisk):
    """The disk of one program.

    Attributes:
        is_read_only: Writes are refused.
    """

    is_read_only = False

    def connect(self, name: str) -> apsw.Connection:
        """See `SimDisk.connect`; of a SQLite that flushes no commit to a log unless it is told to.

        As it recommends to those who build it (sqlite.org/compile.html#default_wal_synchronous).
        """
        connection = super().connect(name)
        with suppress(apsw.Error):  # whoever opened it meets the fault as well
            connection.pragma("locking_mode", "EXCLUSIVE")
            connection.pragma("synchronous", "NORMAL")
        return connection

    def cut(self, seed: int) -> PowerCutDisk:
        """Cut the power; returns the disk as the next start finds it.

        Each write is lost, kept, or torn by sectors. The program that is cut off may go on with
        this disk, as nothing ends it here.
        """
        dice = Dice(str(seed))
        files = sorted(self._files.items())
        return PowerCutDisk({name: file.after_cut(dice, keep=1 / 3) for name, file in files})

    def count_operation(self) -> None:
        """See `SimDisk.count_operation`."""
        if self.is_read_only:
            raise apsw.ReadOnlyError("read-only")
        super().count_operation()
