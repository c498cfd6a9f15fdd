"""The desk's pages of *During*: the live board, conflicts, orders, alarms."""
