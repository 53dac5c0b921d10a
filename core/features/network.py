"""Descriptors by a network that others trained, where its file is there: what is shown, rather than how it is coloured.

Only ever where a person asks for it: the descriptor's name holds the network, its layer and the beginning of the file's
hash, so vectors of different files never lie in one store, and its label says what it is. Nothing is fetched.

The mean of every channel over the picture (as in Babenko & Lempitsky, Aggregating Deep Convolutional Features for Image
Retrieval, 2015), square roots taken so that no channel drowns the others, scaled to unit length.
"""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.descriptor import Descriptor
from core.style.neural.plans import PLANS
from core.style.weights import Found, find
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.style.neural.vgg import Features

NETWORKS = {"vgg19": "relu5_4", "vgg16": "relu5_3"}  # key in core.pretrained -> the layer that is read
_SIDE = 160  # pixels, square; ten by ten places at the layer that is read
# Of unit vectors of unrelated pictures. Other than for the descriptor without a network, it could not be measured
# where this was written: core.features.choices takes it from the lab's own pictures.
_UNRELATED = 1.0


def network_descriptor(
    key: str = "vgg16", *, workspace: Workspace | None = None, layer: str = "", device: str = "cpu"
) -> Descriptor | None:
    """The descriptor of a network, None where its file is nowhere.

    Asking for it hashes the file once and loads nothing; the first picture that is described loads the network: torch,
    some 60 MB of memory for a slim file, and about 0.1 s a picture on one core.

    Args:
        layer: another than the one of NETWORKS.
    Raises: core.style.weights.WeightsError for a file that is not what its name says; its `describe` raises it too,
        for one that does not hold the network.
    """
    found = find(key, workspace=workspace)
    if found is None:
        return None
    layer = layer or NETWORKS[key]
    sha256 = found.origin_sha256 or found.sha256
    return Descriptor(
        name=f"{key}-{layer.replace('_', '-')}-{sha256[:8]}-1",
        label=f"{_words(found)}, layer {layer}",
        length=PLANS[key].layer(layer).channels,
        unrelated=_UNRELATED,
        describe=lambda image: _describe(found, key, layer, device, image),
    )


def _words(found: Found) -> str:
    if found.is_verified or found.origin_sha256:
        return found.known.what
    return f"Network in {found.path.name} (no published hash to check it by)"


_loading = threading.Lock()


def _describe(found: Found, key: str, layer: str, device: str, image: Image.Image) -> NDArray[np.float32]:
    import torch

    with _loading:  # two threads that describe their first picture at once load one network
        features = _features(found, key, layer, device)
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.array(small, dtype=np.float32) / 255).permute(2, 0, 1)[None].to(device)
    with torch.inference_mode():
        means = features(pixels, [layer])[layer].mean(dim=(1, 2))
    roots = np.sqrt(np.maximum(means.cpu().numpy(), 0))
    return (roots / max(float(np.linalg.norm(roots)), 1e-12)).astype(np.float32)


@lru_cache(maxsize=2)
def _features(found: Found, key: str, layer: str, device: str) -> "Features":
    from core.style.neural.vgg import Features  # torch: only those who have the file wait for it
    from core.style.weights import read_features

    plan = PLANS[key]
    return Features(plan, read_features(found, plan.shapes(layer)), deepest=layer).eval().to(device)
