"""A zone that is emptied: the organizer's own word, who has heard it, what is ruled on words."""
