"""An evening with other box offices' tickets: scanned, keyed in, and held to a reader."""
