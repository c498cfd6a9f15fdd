"""An event as gates and ledger see it: its plan now, its plans before, compiled for deciding."""
