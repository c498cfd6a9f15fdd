"""For the desk's *During*: who is inside, conflicts, orders, alarms."""
