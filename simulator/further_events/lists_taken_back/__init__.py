"""Lists of another box office's tickets that are undone and brought again amid doors."""
