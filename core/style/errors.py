"""StyleError: a transfer that cannot be begun, or cannot go on."""

from core.errors import AtelierError


class StyleError(AtelierError):
    """A picture, a mask or a state that does not fit what is asked for, or an optimisation that broke down."""


class StateError(StyleError):
    """What was kept of a restyling belongs to another one: it cannot go on from there."""
