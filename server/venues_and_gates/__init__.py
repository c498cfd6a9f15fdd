"""Where: venues, and the zones and gates of an event."""
