"""Evenings that some worlds have besides the first one, a folder for what each is about."""
