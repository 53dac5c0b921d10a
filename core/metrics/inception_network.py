"""Inception v3 of 2015 as published FID and KID use it: uint8 pictures of any size -> 2,048 features each."""

import io
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from core.metrics.errors import MetricError
from core.metrics.inception import USUAL_RESIZE, check_resize
from core.style.weights import Found, WeightsError, read_tensors

SIDE = 299  # pixels, of what the network sees
_BATCH = {"cpu": 16, "cuda": 256}


class InceptionNetwork:
    """torch-fidelity's network with the weights of a checked file."""

    def __init__(self, found: Found, device: str = "cpu") -> None:
        """Raises: WeightsError for a file that holds another network."""
        self.found = found
        self.device = torch.device(device)
        self._whole = _with_weights(found).to(self.device)
        # All but the classifier, in their order: for pictures that were resized outside.
        self._trunk = nn.Sequential(*[layer for name, layer in self._whole.named_children() if name != "fc"])

    @property
    def words(self) -> str:
        """For a row's details: "weights-inception-2015-12-05-6726825d.pth (6726825d, verified)"."""
        return self.found.words

    def features(
        self,
        pictures: NDArray[np.uint8],
        *,
        resize: str = USUAL_RESIZE,
        batch: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 -> (N, 2048) float32. On a processor some four to ten pictures a second and core.

        Args:
            resize: of core.metrics.inception.RESIZES.
            progress: told (done, total) after each batch.
            stop_requested: looked at between batches; when it says so, fewer rows come back than pictures went in.
        Raises: ConfigError, MetricError.
        """
        check_resize(resize)
        if pictures.ndim != 4 or pictures.shape[-1] != 3 or pictures.dtype != np.uint8:
            raise MetricError(f"Expected uint8 pictures (N, H, W, 3); got {pictures.dtype} {pictures.shape}.")
        batch = batch or _BATCH.get(self.device.type, 16)
        parts: list[NDArray[np.float32]] = []
        for start in range(0, len(pictures), batch):
            if stop_requested():
                break
            some = pictures[start : start + batch]
            parts.append(self._clean(some) if resize == "clean" else self._as_published(some))
            if progress is not None:
                progress(start + len(some), len(pictures))
        return np.concatenate(parts) if parts else np.zeros((0, 2048), np.float32)

    @torch.inference_mode()
    def _as_published(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        images = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.device).permute(0, 3, 1, 2)
        (features,) = self._whole(images)
        return _numbers(features)

    @torch.inference_mode()
    def _clean(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        images = torch.from_numpy(np.stack([_bicubic(picture) for picture in pictures])).to(self.device)
        return _numbers(self._trunk((images.permute(0, 3, 1, 2) - 128) / 128).flatten(1))


def _numbers(features: Tensor) -> NDArray[np.float32]:
    numbers: NDArray[np.float32] = features.float().cpu().numpy()
    return numbers


def _bicubic(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) uint8 -> (299, 299, 3) float32 in 0..255, by channel, never rounded (Parmar et al., 2022)."""
    channels = [
        np.asarray(
            Image.fromarray(picture[..., channel].astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        )
        for channel in range(3)
    ]
    return np.clip(np.stack(channels, axis=-1), 0, 255)


def _with_weights(found: Found) -> FeatureExtractorInceptionV3:
    """Raises: WeightsError.

    torch-fidelity opens its file with a reader that runs what is in it, and eight digits of a hash can be forged. So
    ours reads the file, tensors only, and torch-fidelity is handed a copy that we wrote.
    """
    copy = io.BytesIO()
    torch.save(read_tensors(found.path), copy)
    copy.seek(0)
    try:
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=copy)
    except RuntimeError as error:  # load_state_dict: names or shapes of another network
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"{found.path.name} does not hold {found.known.what} ({reason:.200}). Get it again."
        ) from error
    return network.eval()
