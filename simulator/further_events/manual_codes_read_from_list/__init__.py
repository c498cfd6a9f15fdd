"""An evening at which a device says of the whole list that people came in by manual codes."""
