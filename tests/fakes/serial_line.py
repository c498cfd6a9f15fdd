"""A serial imager on a pseudo terminal."""

from __future__ import annotations

import os
import pty
import tty


class SerialLine:
    """Both ends of a line; the program opens `path`.

    Attributes:
        path: The far end's node.
    """

    def __init__(self) -> None:
        self._near, self._far = pty.openpty()
        tty.setraw(self._near)
        tty.setraw(self._far)
        self.path = os.ttyname(self._far)

    @property
    def near(self) -> int:
        """The device's end."""
        return self._near

    def send(self, text: str | bytes) -> None:
        """Let the imager send."""
        sent = text.encode() if isinstance(text, str) else text
        while sent:
            sent = sent[os.write(self._near, sent) :]

    def unplug(self) -> None:
        """Pull the cable: both ends are gone."""
        os.close(self._far)
        os.close(self._near)
