"""Who was erased, without saying who: so that nobody comes back with an older copy."""
