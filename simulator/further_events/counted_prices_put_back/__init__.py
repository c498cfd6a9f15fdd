"""A counted price that tills and the office sell on at when their server was put back."""
