"""Stand-ins for the servers that pictures come from: real HTTP on loopback, faults included."""
