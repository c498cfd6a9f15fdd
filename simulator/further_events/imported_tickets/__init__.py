"""An evening with tickets of another box office, which are scanned, and keyed in by touch."""
