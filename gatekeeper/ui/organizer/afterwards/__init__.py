"""The desk's pages of *Afterwards*: reports, what was done by whom, guests' own data."""
