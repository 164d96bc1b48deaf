"""The HTTP API for customers. It knows requests, answers and who asks; what is done is done in `reel`."""
