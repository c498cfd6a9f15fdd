"""The place for fiscal signing: asked when a sale is durable, before its receipt is printed."""
