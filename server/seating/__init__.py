"""An event's reserved seats: its own copy of a map, and who has which seat."""
