"""Pretrained files that others published: which we know, where they are looked for, and whether one is genuine.

Every one of them is optional. Nothing is ever fetched by this module.
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files import read_json, write_json
from core.workspace import Workspace

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True)
class KnownFile:
    """A file that its maker published."""

    name: str
    what: str  # the network
    serves: str  # what it lights up
    megabytes: float  # millions of bytes, about
    key: str = ""  # how it is called in settings: "vgg19"
    url: str = ""  # "": it cannot be had as one file
    licence: str = ""  # what is known of its terms, in words
    sha256: str = ""  # or the beginning of it, as published; "": read from the name where that follows torch.hub's way

    @property
    def sha256_start(self) -> str:
        """ "" where nothing was published that a file could be checked by."""
        if self.sha256:
            return self.sha256
        ending = Path(self.name).stem.rpartition("-")[2]
        return ending if len(ending) == 8 and all(digit in "0123456789abcdef" for digit in ending) else ""


_TORCHVISION = (
    "torchvision's code is BSD-3-Clause. The pictures of ImageNet, on which it was trained, may carry terms of their "
    "own: whether your use is covered is yours to judge."
)
_ESRGAN_RELEASES = "https://github.com/xinntao/Real-ESRGAN/releases/download"
_ADAIN_RELEASE = "https://github.com/naoto0804/pytorch-AdaIN/releases/download/v0.0.0"
_FIDELITY_RELEASE = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0"
_PYTORCH_FID_RELEASE = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights"
_INCEPTION = "inception-2015-12-05-6726825d.pth"
_FAST = "fast style transfer"
_LARGER = "learned upscaling"

# As published: torchvision's model pages; torch-fidelity's, pytorch-fid's and Real-ESRGAN's releases. AdaIN's release
# and the example models of PyTorch come without hashes.
KNOWN = (
    KnownFile(
        "vgg19-dcbb9e9d.pth",
        "VGG19, trained on ImageNet",
        "style transfer by feature statistics",
        574.7,
        "vgg19",
        "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        _TORCHVISION,
    ),
    KnownFile(
        "vgg16-397923af.pth",
        "VGG16, trained on ImageNet",
        "style transfer with the smaller network",
        553.4,
        "vgg16",
        "https://download.pytorch.org/models/vgg16-397923af.pth",
        _TORCHVISION,
    ),
    *(
        KnownFile(
            name,
            "Inception v3 of 2015",
            "FID and KID as published",
            95.6,
            key,
            url,
            "Apache-2.0, of TensorFlow's models, from which it was converted. The pictures of ImageNet, on which it "
            "was trained, may carry terms of their own.",
            "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",  # both are one file
        )
        for key, name, url in (
            ("inception", f"weights-{_INCEPTION}", f"{_FIDELITY_RELEASE}/weights-{_INCEPTION}"),
            ("inception-pytorch-fid", f"pt_{_INCEPTION}", f"{_PYTORCH_FID_RELEASE}/pt_{_INCEPTION}"),
        )
    ),
    KnownFile(
        "vgg_normalised.pth",
        "AdaIN's encoder",
        _FAST + ", any style",
        80.1,
        "adain-encoder",
        f"{_ADAIN_RELEASE}/vgg_normalised.pth",
        "MIT, of pytorch-AdaIN",
    ),
    KnownFile(
        "decoder.pth",
        "AdaIN's decoder",
        _FAST + ", any style",
        14.0,
        "adain-decoder",
        f"{_ADAIN_RELEASE}/decoder.pth",
        "MIT, of pytorch-AdaIN",
    ),
    *(
        KnownFile(
            f"{style}.pth",
            "Johnson's networks, one for each style",
            _FAST + ", one trained style a file",
            6.7,
            f"johnson-{style.replace('_', '-')}",
            licence="BSD-3-Clause, of PyTorch's examples. They come together, in a zip (saved_models.zip).",
        )
        for style in ("candy", "mosaic", "rain_princess", "udnie")
    ),
    *(
        KnownFile(
            name,
            "Real-ESRGAN",
            _LARGER,
            megabytes,
            key,
            f"{_ESRGAN_RELEASES}/{release}/{name}",
            "BSD-3-Clause, of Real-ESRGAN",
            sha256,
        )
        for key, release, name, megabytes, sha256 in (
            (
                "realesrgan-x4plus",
                "v0.1.0",
                "RealESRGAN_x4plus.pth",
                67.0,
                "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
            ),
            (
                "realesrgan-x2plus",
                "v0.2.1",
                "RealESRGAN_x2plus.pth",
                67.1,
                "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
            ),
            (
                "realesrgan-x4plus-anime",
                "v0.2.2.4",
                "RealESRGAN_x4plus_anime_6B.pth",
                17.9,
                "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
            ),
            (
                "realesr-general-x4v3",
                "v0.2.5.0",
                "realesr-general-x4v3.pth",
                4.9,
                "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
            ),
            (
                "realesr-animevideov3",
                "v0.2.5.0",
                "realesr-animevideov3.pth",
                2.5,
                "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
            ),
            ("esrgan-x4", "v0.1.1", "ESRGAN_SRx4_DF2KOST_official-ff704c30.pth", 67.0, ""),
        )
    ),
)


def folders(workspace: Workspace) -> list[Path]:
    """Where such files are looked for, in this order: the lab's own folder, then the cache of torch.hub."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    hub = os.environ.get("TORCH_HOME") or f"{cache}/torch"
    return [workspace.data / "weights", Path(hub).expanduser() / "hub" / "checkpoints"]


class HashMemory:
    """SHA-256 of files, computed once for every size and time of change; kept in data/weights/checked.json."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.data / "weights" / "checked.json"
        try:
            value = read_json(self._path)
        except (OSError, ValueError):
            value = None  # only a memory: the hashes can be computed again
        self._entries: dict[str, dict[str, Any]] = value if isinstance(value, dict) else {}

    def recall(self, path: Path) -> str:
        """The hash, if it was computed and the file has not changed since; else ""."""
        entry = self._entries.get(str(path))
        fits = isinstance(entry, dict) and entry.get("stamp") == _stamp(path)
        return str(entry["sha256"]) if fits and entry else ""

    def sha256(self, path: Path) -> str:
        """Recalled, or computed now (a second or two per GB) and remembered."""
        known = self.recall(path)
        if not known:
            stamp = _stamp(path)
            known = hash_of(path)
            self._entries[str(path)] = {"stamp": stamp, "sha256": known}
            with contextlib.suppress(OSError):  # only a memory: where nothing can be written, it is computed again
                write_json(self._path, self._entries)
        return known


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _stamp(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]
