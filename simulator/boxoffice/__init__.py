"""The box office of a world: what it sells, who sells it, and a model of money to judge it by."""
