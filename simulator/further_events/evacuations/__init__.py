"""An evening whose zone is emptied from the organizer's desk and at gates, by turns."""
