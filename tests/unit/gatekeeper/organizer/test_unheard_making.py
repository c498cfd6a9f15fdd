"""What was asked for without an answer is known again, whatever else is done meanwhile."""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.unheard_making import UnheardMaking


class Thing(msgspec.Struct, frozen=True):
    """Something in a list of the server's."""

    id: str


async def test_something_else_may_be_dealt_with_while_it_is_made() -> None:
    """Taken for a fault of the program, it would stand there unsaid."""
    making = UnheardMaking()

    async def look() -> list[Thing]:
        return []

    async def make() -> Thing:
        making.forget()
        return Thing("new")

    made = await making.once({"name": "A"}, look, lambda _: True, make)
    assert made == Thing("new")
