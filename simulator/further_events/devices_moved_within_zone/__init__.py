"""An evening whose devices the organizer sends from gate to gate of one zone."""
