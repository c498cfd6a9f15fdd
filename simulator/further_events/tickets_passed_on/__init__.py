"""An evening whose tickets pass from holder to holder, until the event's terms end that."""
