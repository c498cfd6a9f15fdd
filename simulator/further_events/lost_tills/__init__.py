"""An evening whose till is lost while it sells cut off, and is found again later."""
