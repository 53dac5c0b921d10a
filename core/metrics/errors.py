from core.errors import AtelierError


class MetricError(AtelierError):
    """Pictures that cannot be compared."""
