"""The gate's side: readers, the local store, the lane, sync, the box office and the window."""

import os

# Before anything loads numpy: its algebra would share out matrices of some hundred rows, and each
# core's thread spins while it waits for the next one. A camera's second look took twice the
# processor, from the window beside it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
