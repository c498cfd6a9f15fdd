"""For the desk's *Afterwards*: reports, what was done by whom, guests' own data."""
