"""An evening whose tickets are mailed, by a mail server that fails, and to whom nothing may go."""
