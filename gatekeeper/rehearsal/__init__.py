"""A queue played through this very device before doors, in a world of its own."""
