"""Events that are called off: looked at before, done as one act, and the money given back."""
