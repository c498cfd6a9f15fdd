"""A till at which payments are keyed in under the wrong tender, and moved to the right one."""
