"""Atelier's own painter: seeded colour-field pictures, so that the lab has something to learn from on its first day.

A picture is painted, not drawn: canvas first, then layers of paint whose optical densities add up, then a photograph.
`plan` decides what to paint, `paint` does it; both depend on (seed, index) alone.
"""
