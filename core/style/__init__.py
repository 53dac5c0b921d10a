"""Restyling: one picture in the manner of others, by engines that say what they are."""
