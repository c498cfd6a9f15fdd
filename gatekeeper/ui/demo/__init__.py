"""The demo's window: two gates and a till side by side, the story played on them."""
