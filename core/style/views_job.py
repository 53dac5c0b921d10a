"""The job of kind "style-views": what the network sees in a picture, drawn: a layer's maps and its Gram picture."""

import math
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError
from core.files import write_bytes
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, facts_of, open_chosen
from core.style.weights import need
from core.workspace import Workspace

if TYPE_CHECKING:
    from torch import Tensor

    from core.jobs.running import RunningJob

KIND = "style-views"
MAPS, GRAM = "maps.png", "gram.png"  # in the job's folder
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")  # of style, and relu4_2 of content
NETWORKS = ("vgg19", "vgg16")
_SIDE = 384  # pixels, longest side at which the picture is looked at
_MAP_SIDE = 192  # pixels of one map as it is drawn
_GRAM_SIDE = 512
_GAP = 4
_COUNT = 16


def create_views(workspace: Workspace, picture: ChosenPicture, layer: str, *, network: str = "vgg19") -> JobFolder:
    """A job folder; nothing is started.

    Args:
        layer: one of LAYERS.
    Raises: ConfigError, PictureGoneError; WeightsError where the network's weights are not here.
    """
    if layer not in LAYERS or network not in NETWORKS:
        raise ConfigError(
            f"One can look at {', '.join(LAYERS)} of {' or '.join(NETWORKS)}; got {layer!r} of {network!r}."
        )
    facts_of(workspace, picture)
    need(network, workspace=workspace)
    settings = {"picture": picture.to_json(), "layer": layer, "network": network}
    return control.create(workspace, KIND, settings, title=f"{layer} of {picture.name}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises: PictureGoneError, ImageError, WeightsError."""
    from PIL import Image

    from core.style.neural.engine import load_features
    from core.style.neural.settings import NeuralSettings
    from core.style.neural.views import gram_picture, layer_maps
    from core.style.restyle import to_tensor

    layer, network = str(job.settings["layer"]), str(job.settings["network"])
    picture = open_chosen(job.workspace, ChosenPicture.from_json(job.settings["picture"]))
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    settings = NeuralSettings(network=network, content_layers=(layer,), style_layers=(layer,), style_layer_weights=(1,))
    found = need(network, workspace=job.workspace)
    job.log(f"Using {found.words}.")
    job.progress(1, 3, unit="steps", message="Opening the network")
    features = load_features(found, settings, "cpu")
    job.progress(2, 3, unit="steps", message="Looking")
    pixels = to_tensor(picture)
    maps = layer_maps(features, pixels, layer, count=_COUNT)
    write_bytes(job.folder / MAPS, _sheet(maps))
    write_bytes(job.folder / GRAM, _grey(gram_picture(features, pixels, layer), _GRAM_SIDE))
    job.progress(3, 3, unit="steps")
    return f"The {len(maps)} channels of {layer} that the picture excites most, and how its channels go together."


def _sheet(maps: "Tensor") -> bytes:
    """Maps (n, h, w) in [0, 1] as one grey PNG, four in a row."""
    import io

    from PIL import Image

    count, height, width = maps.shape
    scale = _MAP_SIDE / max(height, width)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    columns = min(4, count)
    rows = math.ceil(count / columns)
    sheet = Image.new("L", (columns * (across + _GAP) - _GAP, rows * (down + _GAP) - _GAP), 255)
    for index, values in enumerate(maps):
        one = Image.fromarray(_bytes(values)).resize((across, down), Image.Resampling.NEAREST)
        sheet.paste(one, (index % columns * (across + _GAP), index // columns * (down + _GAP)))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _grey(values: "Tensor", side: int) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(_bytes(values)).resize((side, side), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def _bytes(values: "Tensor") -> Any:
    return values.clamp(0, 1).mul(255).round().byte().numpy()
