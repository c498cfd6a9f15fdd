"""Claims: a device asks the ledger to admit a ticket now."""
