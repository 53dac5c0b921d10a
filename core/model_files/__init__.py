"""A trained network as a file that leaves the lab, and such files read back in."""
