"""A further event whose staff change amid the evening: at gates, till and desk."""
