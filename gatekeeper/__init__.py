"""The gate's side: readers, the local store, the lane, sync, the box office and the window."""
