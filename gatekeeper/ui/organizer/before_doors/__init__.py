"""The desk's pages of *Before doors*: what is ready, devices, dates moved or called off."""
