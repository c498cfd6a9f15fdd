"""An evening whose doors go on by lists on paper, which are keyed in afterwards."""
