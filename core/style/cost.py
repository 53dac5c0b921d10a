"""How large a result will be, and what it will cost. No torch here."""

from core.style.engines import Cost, estimate, find_engine, settings_for
from core.style.request import StyleRequest


def result_size(width: int, height: int, longest: int | None) -> tuple[int, int]:
    """(width, height) with the content's proportions and `longest` as the longer side; None: as it is."""
    if longest is None:
        return width, height
    scale = longest / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def size_of(request: StyleRequest) -> int | None:
    """The longest side that is asked for, else the engine's usual one; None: the content's own."""
    return find_engine(request.engine).usual_size if request.size is None else request.size


def cost_of(request: StyleRequest, width: int, height: int, device: str = "cpu") -> Cost:
    """What the request will cost with a content of these pixels."""
    settings = settings_for(request.engine, request.strength, request.overrides, seed=request.seed)
    out_width, out_height = result_size(width, height, size_of(request))
    return estimate(request.engine, settings, out_height, out_width, device)
