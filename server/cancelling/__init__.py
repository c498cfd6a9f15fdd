"""Events that are called off or moved: looked at before, done as one act, money given back."""
