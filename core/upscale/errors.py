"""What can go wrong while a picture is upscaled."""

from core.errors import AtelierError


class UpscaleError(AtelierError):
    """A picture cannot be upscaled as it was asked for."""


class ModelRefusedError(UpscaleError):
    """A file is no network for upscaling that can be opened without danger."""


class StoppedError(UpscaleError):
    """Somebody asked to stop before the picture was whole; nothing is kept of it."""
