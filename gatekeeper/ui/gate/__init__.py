"""The gate at the door: what it shows, and the flows that lead staff through its pages."""
