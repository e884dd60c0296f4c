"""Security: what is done is recorded."""
