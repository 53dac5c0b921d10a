"""Larger pictures: by resampling, by a network from a file, or by one that was trained here."""
