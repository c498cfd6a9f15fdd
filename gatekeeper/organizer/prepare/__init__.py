"""For the desk's *Prepare*: an event's plan, seats, prices and guests, as the server has them."""
