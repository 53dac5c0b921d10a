"""A recipe as a Python script: the dataset that it builds, and the torchvision transforms that come nearest."""

import json
import math
from collections.abc import Callable
from typing import Any

from core.datasets.recipe import Recipe, size_words
from core.datasets.steps.kinds import ENLARGED, Parameter
from core.datasets.steps.step import Step

_FILLS = {"white": "255", "black": "0", "mean": "128", "grey": "128"}
_BLURRED_UNIFORM = 1 / math.sqrt(12 * math.pi)  # deviation of numbers from -1 to 1 blurred by a Gaussian of one pixel


def recipe_code(recipe: Recipe, *, collection: str = "my collection", name: str = "my dataset") -> str:
    """A script that builds the same dataset with Atelier, and holds a v2.Compose to go on without it.

    Args:
        collection: whose pictures the script takes.
        name: of the dataset that it builds.
    """
    return "\n".join([*_building(recipe, collection, name), "", "", *_composing(recipe), ""])


def _building(recipe: Recipe, collection: str, name: str) -> list[str]:
    usual, own = Recipe().to_json(), recipe.to_json()
    changed = {key: value for key, value in own.items() if value != usual[key]}
    return [
        f'"""{recipe.in_words()}."""',
        "",
        "import random",
        "",
        "import torch",
        "from torchvision.transforms import v2",
        "from torchvision.transforms.v2 import functional",
        "",
        "from core.catalog.catalog import Catalog",
        "from core.catalog.ingest import ingest_pending",
        "from core.catalog.selection import Selection",
        "from core.datasets.build import build_dataset",
        "from core.datasets.recipe import Recipe",
        "from core.workspace import Workspace",
        "",
        f"recipe = Recipe.from_json({_literal(changed)})",
        "",
        "",
        "def build():",
        '    """The same dataset, in the lab of ATELIER_HOME."""',
        "    workspace = Workspace()",
        "    with Catalog(workspace.catalog) as catalog:",
        "        ingest_pending(catalog, workspace)",
        f"        selection = Selection(collections=({collection!r},))",
        "        pictures = catalog.pictures_for(selection)",
        f"    return build_dataset(workspace, pictures, recipe, name={name!r}, selection=selection.to_json())",
    ]


def _composing(recipe: Recipe) -> list[str]:
    lines = [
        f"# For fitted pictures of {size_words(recipe.shape)}, as uint8 tensors (3, height, width).",
        "# The same kinds of change with the same ranges, from torchvision alone. Not the same numbers: what Atelier",
        "# draws comes from its own seeds, and edges it fills in itself.",
    ]
    if not recipe.enabled_steps:
        return [*lines, "transform = v2.Identity()"]
    lines.append("transform = v2.Compose(\n    [")
    for step in recipe.enabled_steps:
        code, remark = _NEAREST[step.kind](step, recipe.shape)
        if step.chance < 1 and step.kind not in _OWN_CHANCE:
            code = f"v2.RandomApply([{code}], p={step.chance:g})"
        lines.append(f"        {code},{f'  # {remark}' if remark else ''}")
    return [*lines, "    ]", ")"]


Nearest = tuple[str, str]  # an expression, and what is different
Shape = tuple[int, int]


def _pair(step: Step, name: str, divided: float = 1.0) -> str:
    low, high = _ends(step, name)
    return f"({low / divided:.6g}, {high / divided:.6g})"


def _ends(step: Step, name: str) -> tuple[float, float]:
    value = step.values[name]
    assert isinstance(value, tuple)
    return value


def _middle(step: Step, name: str) -> float:
    low, high = _ends(step, name)
    parameter: Parameter = step.of.parameter(name)
    middle = math.sqrt(low * high) if parameter.by_ratio else (low + high) / 2
    return round(middle) if parameter.whole else middle


def _largest(step: Step, name: str) -> float:
    return max(abs(end) for end in _ends(step, name))


def _edged(step: Step, shape: Shape, transform: Callable[[str], str], *, reach: int) -> Nearest:
    """transform: of the text of its fill. Reflection is a wider picture, changed and cropped back."""
    edges = str(step.values["edges"])
    if edges not in ("reflect", ENLARGED):
        return transform(f", fill={_FILLS[edges]}"), "Atelier takes the picture's own edge" if edges == "mean" else ""
    pad = min(reach, min(shape) - 1)
    padded = f"v2.Pad({pad}, padding_mode='reflect'), {transform('')}, v2.CenterCrop({shape})"
    return (
        f"v2.Compose([{padded}])",
        "Atelier enlarges the picture until it fills its frame" if edges == ENLARGED else "",
    )


def _rotate(step: Step, shape: Shape) -> Nearest:
    how = "interpolation=v2.InterpolationMode.BILINEAR"
    return _edged(
        step, shape, lambda fill: f"v2.RandomRotation({_pair(step, 'angle')}, {how}{fill})", reach=max(shape) // 2
    )


def _affine(step: Step, shape: Shape) -> Nearest:
    shares = ", ".join(f"{_largest(step, name) / 100:.6g}" for name in ("right", "down"))
    inside = f"degrees=0, translate=({shares}), scale={_pair(step, 'scale')}, shear={_pair(step, 'shear')}"
    how = "interpolation=v2.InterpolationMode.BILINEAR"
    code, remark = _edged(step, shape, lambda fill: f"v2.RandomAffine({inside}, {how}{fill})", reach=max(shape) // 2)
    return code, remark or "moved as far to either side"


def _perspective(step: Step, shape: Shape) -> Nearest:
    edges = str(step.values["edges"])
    fill = f", fill={_FILLS[edges]}" if edges in _FILLS else ""
    remark = "distances from 0 on" if fill else "its edges are black"
    return f"v2.RandomPerspective({_ends(step, 'distance')[1] / 100:.6g}, p=1{fill})", remark


def _elastic(step: Step, shape: Shape) -> Nearest:
    side = min(shape) / 100
    sigma, moved = _middle(step, "smoothness") * side, _middle(step, "strength") * side / math.sqrt(2)
    alpha = 2 * moved * sigma / _BLURRED_UNIFORM
    return f"v2.ElasticTransform(alpha={alpha:.4g}, sigma={sigma:.4g})", "the middle of both ranges"


def _resized_crop(step: Step, shape: Shape) -> Nearest:
    width_by_height = shape[1] / shape[0]
    low, high = (end * width_by_height for end in _ends(step, "aspect"))
    scale = _pair(step, "area", 100)
    return f"v2.RandomResizedCrop({shape}, scale={scale}, ratio=({low:.6g}, {high:.6g}), antialias=True)", ""


def _shift_crop(step: Step, shape: Shape) -> Nearest:
    across, down = round(_largest(step, "right") / 100 * shape[1]), round(_largest(step, "down") / 100 * shape[0])
    edges = str(step.values["edges"])
    mode = "padding_mode='symmetric'" if edges == "reflect" else f"fill={_FILLS[edges]}"
    return f"v2.RandomCrop({shape}, padding=({across}, {down}), {mode})", "moved as far to either side"


def _jitter(name: str, parameter: str, divided: float = 1.0) -> Callable[[Step, Shape], Nearest]:
    return lambda step, shape: (f"v2.ColorJitter({name}={_pair(step, parameter, divided)})", "")


def _lambda(function: str, parameter: str) -> Callable[[Step, Shape], Nearest]:
    def code(step: Step, shape: Shape) -> Nearest:
        low, high = _ends(step, parameter)
        drawn = f"random.uniform({low:g}, {high:g})"
        return f"v2.Lambda(lambda image: functional.{function}(image, {drawn}))", ""

    return code


def _plain(name: str) -> Callable[[Step, Shape], Nearest]:
    return lambda step, shape: (f"v2.{name}(p={step.chance:g})", "")


def _quarter_turn(step: Step, shape: Shape) -> Nearest:
    turns = (180,) if step.values["turns"] == "half" else (90, 180, 270)
    return f"v2.RandomChoice([{', '.join(f'v2.RandomRotation(({turn}, {turn}))' for turn in turns)}])", ""


def _posterise(step: Step, shape: Shape) -> Nearest:
    low, high = (int(end) for end in _ends(step, "bits"))
    return f"v2.RandomChoice([v2.RandomPosterize(bits, p=1) for bits in range({low}, {high + 1})])", ""


def _noise(step: Step, shape: Shape) -> Nearest:
    there, back = "v2.ToDtype(torch.float32, scale=True)", "v2.ToDtype(torch.uint8, scale=True)"
    middle = _middle(step, "strength") / 100
    return f"v2.Compose([{there}, v2.GaussianNoise(sigma={middle:.4g}), {back}])", "the middle of the range"


def _blur(step: Step, shape: Shape) -> Nearest:
    low, high = (max(0.01, end) for end in _ends(step, "sigma"))
    size = 2 * math.ceil(3 * high) + 1
    return f"v2.GaussianBlur({size}, sigma=({low:g}, {high:g}))", ""


def _jpeg(step: Step, shape: Shape) -> Nearest:
    low, high = (int(end) for end in _ends(step, "quality"))
    return f"v2.JPEG(({low}, {high}))", ""


def _erase(step: Step, shape: Shape) -> Nearest:
    width_by_height = shape[1] / shape[0]
    ratio = sorted(1 / (end * width_by_height) for end in _ends(step, "aspect"))  # height by width there
    value = {"noise": "'random'"}.get(str(step.values["fill"]), _FILLS.get(str(step.values["fill"]), "128"))
    scale = _pair(step, "area", 100)
    own = "Atelier takes the picture's own mean" if step.values["fill"] == "mean" else ""
    return (
        f"v2.RandomErasing(p={step.chance:g}, scale={scale}, ratio=({ratio[0]:.6g}, {ratio[1]:.6g}), value={value})",
        own,
    )


_NEAREST: dict[str, Callable[[Step, Shape], Nearest]] = {
    "mirror-lr": _plain("RandomHorizontalFlip"),
    "mirror-tb": _plain("RandomVerticalFlip"),
    "quarter-turn": _quarter_turn,
    "rotate": _rotate,
    "affine": _affine,
    "perspective": _perspective,
    "elastic": _elastic,
    "resized-crop": _resized_crop,
    "shift-crop": _shift_crop,
    "brightness": _jitter("brightness", "factor"),
    "contrast": _jitter("contrast", "factor"),
    "saturation": _jitter("saturation", "factor"),
    "hue": _jitter("hue", "angle", 360),
    "gamma": _lambda("adjust_gamma", "gamma"),
    "greyscale": _plain("RandomGrayscale"),
    "autocontrast": _plain("RandomAutocontrast"),
    "equalise": _plain("RandomEqualize"),
    "posterise": _posterise,
    "solarise": _lambda("solarize", "threshold"),
    "sharpness": _lambda("adjust_sharpness", "factor"),
    "gaussian-noise": _noise,
    "gaussian-blur": _blur,
    "jpeg": _jpeg,
    "erase": _erase,
}
_OWN_CHANCE = ("mirror-lr", "mirror-tb", "greyscale", "autocontrast", "equalise", "erase")  # take p themselves


def _literal(value: Any) -> str:
    """JSON as Python writes it, indented."""
    text = json.dumps(value, indent=4, ensure_ascii=False)
    return text.replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")
