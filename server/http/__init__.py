"""The layers of ASGI around the application: headers, request ids, limits, content types."""
