"""For the desk's *Before doors*: what is ready, devices, dates moved or called off."""
