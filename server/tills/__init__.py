"""What tills may do alone: their keys, their ranges of ids, their allotments."""
