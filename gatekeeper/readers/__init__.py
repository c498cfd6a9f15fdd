"""Everything a ticket is read with; what comes out is a `RawScan` or a list of `Code`."""
