"""The measures that need Inception: whether its file is here, and from features to numbers. Loads no torch by itself.

Inception v3 of 2015 (Szegedy et al., 2015, arXiv:1512.00567) as TensorFlow published it, in torch-fidelity's
conversion: the network that published FID and KID are of. It is looked for where all weights are (core.pretrained) and
used only if its SHA-256 is the published one; nothing is fetched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.metrics.frechet import Features, frechet
from core.metrics.kernel import kernel_distance
from core.metrics.manifold import DENSITY_NEAREST, PRECISION_NEAREST, manifold
from core.metrics.measured import Measured
from core.pretrained import HashMemory, KnownFile, folders
from core.style.weights import Found, WeightsError, described, find, known_file, lying
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.metrics.inception_network import InceptionNetwork

KEYS = ("inception", "inception-pytorch-fid")  # of core.pretrained: one file under two names
METRICS = ("fid", "kid", "precision", "recall", "density", "coverage")
KID_SCALE = 1000  # KID is written times this, as in most papers on small sets
FULL_RANK = 2048  # features: below as many pictures a side, FID's covariances are singular
RESIZES = {
    "torch-fidelity": "as TensorFlow 1 and torch-fidelity: bilinear to 299 pixels, without smoothing",
    "clean": "as clean-fid: bicubic to 299 pixels by Pillow in floating point, smoothed where it shrinks",
}
USUAL_RESIZE = "torch-fidelity"


@dataclass(frozen=True)
class InceptionState:
    """Whether the file is here and genuine, and where it would have to be."""

    known: KnownFile
    folder: Path  # where to put it
    folders: tuple[Path, ...]  # all that are looked in
    path: Path | None
    bytes: int  # of what was found
    sha256: str  # of what was found; "" while it has not been read

    @property
    def verdict(self) -> str:
        """ "missing", "not checked yet", "verified", "damaged or forged"."""
        if self.path is None:
            return "missing"
        if not self.sha256:
            return "not checked yet"
        return "verified" if self.sha256.startswith(self.known.sha256_start) else "damaged or forged"

    @property
    def is_usable(self) -> bool:
        """There, and not known to be another: what was not read yet is checked before it is opened."""
        return self.verdict in ("verified", "not checked yet")

    @property
    def problem(self) -> str:
        """What was found, what is needed, what to do; "" where nothing is in the way."""
        if self.verdict == "missing":
            return (
                f"FID, KID, precision, recall, density and coverage need {described(self.known)}, and it is not here. "
                f"Put it into {self.folder}."
            )
        if self.verdict == "damaged or forged":
            return (
                f"{self.path} is not {self.known.name} as published: its SHA-256 begins with {self.sha256[:8]}, and "
                f"should begin with {self.known.sha256_start[:8]}. Remove it and get it again."
            )
        return ""


def inception_state(workspace: Workspace, *, verify: bool = False) -> InceptionState:
    """
    Args:
        verify: read the file for its SHA-256 (about half a second); remembered until the file changes.
    """
    memory = HashMemory(workspace)
    places = tuple(folders(workspace))
    for key in KEYS:
        if path := lying(key, workspace):
            sha256 = memory.sha256(path) if verify else memory.recall(path)
            return InceptionState(known_file(key), places[0], places, path, path.stat().st_size, sha256)
    return InceptionState(known_file(KEYS[0]), places[0], places, None, 0, "")


def open_inception(workspace: Workspace, device: str = "cpu") -> "InceptionNetwork":
    """The network, checked, loaded and ready on a device of torch.

    Raises: WeightsError where there is no such file, or it is not what its name says.
    """
    from core.metrics.inception_network import InceptionNetwork

    return InceptionNetwork(_found(workspace), device)


def _found(workspace: Workspace) -> Found:
    for key in KEYS:
        if found := find(key, workspace=workspace):
            return found
    raise WeightsError(inception_state(workspace).problem)


def check_resize(resize: str) -> None:
    """Raises: ConfigError."""
    if resize not in RESIZES:
        raise ConfigError(f"There is no way of resizing called {resize!r}. Known are: {', '.join(RESIZES)}.")


def measure_inception(
    fake: Features,
    real: Features,
    metrics: Sequence[str] = METRICS,
    *,
    seed: int = 0,
    intervals: bool = True,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Measured]:
    """These metrics of two sets of features (N, D), of whatever network they are.

    Args:
        fake: of the generated pictures; for a floor, of one half of the real ones.
        intervals: without, FID, whose interval takes most of the time, has none: a floor or a ceiling needs none.
        stop_requested: looked at between metrics; those that were not measured by then are left out.
    Raises: ConfigError for a metric that is not of METRICS; MetricError for features that cannot be measured.
    """
    if unknown := [metric for metric in metrics if metric not in METRICS]:
        raise ConfigError(f"Not measured by Inception: {', '.join(unknown)}. It measures {', '.join(METRICS)}.")
    count = min(len(fake), len(real))
    scores: dict[str, Measured] = {}
    if "fid" in metrics and not stop_requested():
        distance = frechet(fake, real, seed=seed, **({} if intervals else {"halves": 0}))
        scores["fid"] = Measured(
            distance.value,
            distance.low,
            distance.high,
            count,
            {"mean_part": distance.mean_part, "full_rank": count > fake.shape[1]},
        )
    if "kid" in metrics and not stop_requested():
        kernel = kernel_distance(fake, real, seed=seed)
        scores["kid"] = Measured(
            KID_SCALE * kernel.value,
            KID_SCALE * kernel.low,
            KID_SCALE * kernel.high,
            count,
            {
                "scale": KID_SCALE,
                "standard_error": KID_SCALE * kernel.error,
                "subset_mean": KID_SCALE * kernel.subset_mean,
                "subset_deviation": KID_SCALE * kernel.subset_deviation,
                "subsets": kernel.subsets,
                "subset_size": kernel.subset_size,
            },
        )
    shares = [metric for metric in ("precision", "recall", "density", "coverage") if metric in metrics]
    if shares and not stop_requested():
        regions = manifold(fake, real, seed=seed)
        for metric in shares:
            share = getattr(regions, metric)
            nearest = PRECISION_NEAREST if metric in ("precision", "recall") else DENSITY_NEAREST
            scores[metric] = Measured(share.value, share.low, share.high, count, {"nearest": nearest})
    return scores
