"""For the desk's *Organization*: people, programs that ask, a second factor."""
