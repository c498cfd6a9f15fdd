"""A till and an office that give tickets back by refund terms, which change meanwhile."""
