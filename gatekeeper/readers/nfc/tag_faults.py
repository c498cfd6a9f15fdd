"""What can go wrong between a reader and a tag, in words for a person."""

from __future__ import annotations

from shared.kernel.errors import BadInput, EnvironmentFault


class ReaderLost(EnvironmentFault):
    """The reader is unplugged, taken by another program, or gives nothing but faults."""


class TagSilent(EnvironmentFault):
    """The tag did not answer a command: it is gone, or it does not know the command."""


class TagLost(EnvironmentFault):
    """The tag left the field before all was said."""


class TagUnusable(BadInput):
    """The tag is there and cannot take the ticket; the text says why."""
