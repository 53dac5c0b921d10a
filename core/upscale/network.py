"""A network that makes pictures larger, loaded and ready, whatever file it came from."""

from pathlib import Path

import numpy as np
import torch

from core.pretrained import KNOWN, HashMemory
from core.upscale.errors import ModelRefusedError, UpscaleError
from core.upscale.model_files import Model, load_model
from core.upscale.places import file_of_model
from core.upscale.report import Report
from core.upscale.request import MIN_TILE, UpscaleRequest
from core.upscale.tiles import OutOfMemoryError, run_tiled
from core.workspace import Workspace

_USUAL_OVERLAP = 16  # pixels of the input, for networks whose reach is not known or is very long
_MOST_OVERLAP = 32
_USUAL_TILES = (1024, 768, 512, 384, 256, 192, 128, MIN_TILE)
_PROCESSOR_BYTES = 1_500_000_000  # for one tile
_SHARE_OF_FREE = 0.4  # of a GPU's memory, for one tile
# On a processor a tile takes some seconds, so that progress shows and a stop is heard; but smaller tiles overlap more.
_IN_ONE_PIECE = 300e9  # multiplications
_IN_ONE_TILE = 150e9
_LEAST_TILE_IN_OVERLAPS = 12


class Network:
    """One picture at a time: (H, W, 3) in [0, 1] -> (H * scale, W * scale, 3) in [0, 1]."""

    def __init__(self, model: Model, name: str, device: str = "cpu") -> None:
        self.model = model
        self.scale = model.scale
        self.title = f"{name}: {model.title}"
        self.device = torch.device(device)
        self.dtype = torch.float16 if self.device.type == "cuda" and model.half else torch.float32
        model.to(self.device, self.dtype)

    def run(
        self,
        colours: np.ndarray,
        *,
        tile: int | None = None,
        overlap: int | None = None,
        report: Report = Report(),  # noqa: B008, frozen
    ) -> np.ndarray:
        """Clamped to [0, 1].

        Args:
            tile, overlap: pixels of the input; 0: the whole at once; None: what suits network and device.
        Raises: StoppedError, UpscaleError.
        """
        model = self.model
        side = max(colours.shape[:2])
        if tile is None:
            tile = self._usual_tile(*colours.shape[:2])
        if model.tiling == "no" and 0 < tile < side:
            tile = 0
            report.note("This network divides pictures itself; it is given the whole.")
        if overlap is None:
            overlap = self.usual_overlap
        border = model.border
        more = [max(0, model.smallest - length - 2 * border) for length in colours.shape[:2]]
        around = ((border, border + more[0]), (border, border + more[1]), (0, 0))
        given = np.pad(colours, around, "symmetric") if border or any(more) else colours
        made = run_tiled(
            self._run,
            given,
            scale=model.scale,
            tile=tile,
            overlap=overlap,
            multiple=model.multiple,
            may_divide=model.tiling != "no",
            report=report,
        )
        top, height, width = border * model.scale, colours.shape[0] * model.scale, colours.shape[1] * model.scale
        return np.clip(made[top : top + height, top : top + width], 0, 1)

    @property
    def usual_overlap(self) -> int:
        """Enough for equal numbers where the network's reach is short; else what leaves no seam that can be seen."""
        reach = self.model.reach
        exact = _USUAL_OVERLAP if reach is None else -(-reach * 4 // 3)
        return exact if exact <= _MOST_OVERLAP else _MOST_OVERLAP if reach is not None else _USUAL_OVERLAP

    def _usual_tile(self, height: int, width: int) -> int:
        """0: the whole picture."""
        model, pixels = self.model, height * width
        per_pixel = model.bytes_per_pixel * (0.5 if self.dtype == torch.float16 else 1.0)
        if self.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.device)
            most, whole = free * _SHARE_OF_FREE / per_pixel, free * _SHARE_OF_FREE / per_pixel
        else:
            memory = _PROCESSOR_BYTES / per_pixel
            most, whole = min(memory, _IN_ONE_TILE / model.operations), min(memory, _IN_ONE_PIECE / model.operations)
            most = max(most, min(memory, (_LEAST_TILE_IN_OVERLAPS * self.usual_overlap) ** 2))
        if model.tiling != "yes" or pixels <= whole:
            return 0
        return next((tile for tile in _USUAL_TILES if tile * tile <= most), MIN_TILE)

    @torch.inference_mode()
    def _run(self, tile: np.ndarray) -> np.ndarray:
        """Raises: OutOfMemoryError."""
        try:
            given = torch.from_numpy(tile).permute(2, 0, 1)[None].to(self.device, self.dtype)
            if self.model.channels == 1:  # grey: each colour as a picture of its own
                made = self.model.run(given.permute(1, 0, 2, 3)).permute(1, 0, 2, 3)
            else:
                made = self.model.run(given.contiguous(memory_format=torch.channels_last))
            result: np.ndarray = made[0].permute(1, 2, 0).float().cpu().numpy()
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            result = np.empty(0)
        if result.size == 0:  # outside of the handler, whose traceback would hold on to what filled the memory
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            raise OutOfMemoryError
        wanted = (tile.shape[0] * self.scale, tile.shape[1] * self.scale, tile.shape[2])
        if result.shape != wanted:
            raise UpscaleError(
                f"{self.title} made {result.shape[1]} x {result.shape[0]} pixels of {tile.shape[1]} x {tile.shape[0]}, "
                f"but {wanted[1]} x {wanted[0]} were expected. Choose another network."
            )
        if not np.isfinite(result).all():
            return self._run_again_in_32_bits(tile)
        return result

    def _run_again_in_32_bits(self, tile: np.ndarray) -> np.ndarray:
        """Some networks leave the range of 16 bits. Raises: UpscaleError if 32 do not help."""
        if self.dtype == torch.float32:
            raise UpscaleError(
                f"{self.title} makes values that are no numbers of this picture. Choose another network."
            )
        self.dtype = torch.float32
        self.model.to(self.device, self.dtype)
        return self._run(tile)


def is_out_of_memory(error: Exception) -> bool:
    """A GPU has an error of its own; main memory speaks through a RuntimeError of torch's allocator."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error) for words in ("not enough memory", "can't allocate memory", "out of memory"))


def network_for(request: UpscaleRequest, *, device: str = "cpu", workspace: Workspace | None = None) -> Network:
    """The network that a request names. Raises: ModelRefusedError, NotFoundError."""
    workspace = workspace or Workspace()
    path = file_of_model(request, workspace)
    check_as_published(path, workspace)
    return load_network(path, device)


def check_as_published(path: Path, workspace: Workspace) -> None:
    """A file that bears the name of a published one has to be that one. Raises: ModelRefusedError."""
    known = next((known for known in KNOWN if known.name == path.name and known.sha256_start), None)
    if known is None or not path.is_file():
        return
    found = HashMemory(workspace).sha256(path)
    if not found.startswith(known.sha256_start):
        raise ModelRefusedError(
            f"{path.name} is not the file that was published under this name: its SHA-256 begins with {found[:8]}, and "
            f"should begin with {known.sha256_start[:8]}. It was cut short or changed: get it again, or, if it is "
            "another network, rename it."
        )


def load_network(path: Path, device: str = "cpu") -> Network:
    """Raises: ModelRefusedError."""
    return Network(load_model(path), path.stem, device)
