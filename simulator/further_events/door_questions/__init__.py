"""An evening whose gates ask holders questions: a further event of some worlds."""
