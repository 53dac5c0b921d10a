"""A network that makes pictures larger, loaded and ready: whatever file it came from."""
