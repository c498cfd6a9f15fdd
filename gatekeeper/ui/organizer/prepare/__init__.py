"""The desk's pages of *Prepare*: the plan, seats, tickets, prices and guests of an event."""
