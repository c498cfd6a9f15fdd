"""An organization's pictures, and what the tickets of its events look like."""
