"""What changed at an event, numbered: the feed, its signed pages, and who is told at once."""
