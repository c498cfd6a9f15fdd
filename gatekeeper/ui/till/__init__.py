"""The till's window: one page that shows what `gatekeeper.presenters.till.presenter` says."""
