"""Pack: a built dataset opened for training. Needs numpy alone, so a bare GPU machine can open one it was handed.

manifest.json   what it is: name, recipe, counts, what was dropped, hashes
images.npy      uint8 (N, H, W, 3) sRGB, read as a memory map
index.json      one object per row: sha256, artwork, title, copy ("" for the picture itself), split; and the catalog's
                labels on the day of the build: artist, style, genre, tags, collections (older packs: artist only)
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError

MANIFEST, IMAGES, INDEX = "manifest.json", "images.npy", "index.json"
_MENDING = "Build the dataset again, or copy the folder anew from where it came."


class PackError(AtelierError):
    """A dataset folder that cannot be used as it is."""


@dataclass(frozen=True)
class Pack:
    folder: Path
    images: NDArray[np.uint8]  # (N, H, W, 3), a read-only memory map
    train: NDArray[np.int64]  # rows to train on, pictures and their copies
    test: NDArray[np.int64]  # rows held out: pictures as they are; may be empty
    rows: list[dict[str, Any]]  # index.json
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.manifest["id"])

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def content_hash(self) -> str:
        return str(self.manifest["content_hash"])

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of a picture in pixels."""
        return int(self.images.shape[1]), int(self.images.shape[2])

    @property
    def resolution(self) -> int:
        """Pixels of the longer side."""
        return max(self.shape)

    @property
    def train_pictures(self) -> NDArray[np.int64]:
        """The rows of `train` that are pictures as they are, without copies: what `test` is fairly compared with."""
        return np.array([row for row in self.train if not self.rows[row]["copy"]], np.int64)


def open_pack(folder: Path, *, verify: bool = False) -> Pack:
    """Open a dataset folder. Raises PackError saying what is wrong with it.

    Checked always: that all three files are there and belong together (size, shape, hash of the index).
    verify: read all pixels and check their hash too.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    try:
        index_bytes = (folder / INDEX).read_bytes()
        wanted_index, wanted_images = manifest["index"]["sha256"], manifest["images"]["sha256"]
    except FileNotFoundError as error:
        raise PackError(f"Dataset {folder.name} lacks the file {INDEX}. {_MENDING}") from error
    except (KeyError, TypeError) as error:
        raise PackError(f"Dataset {folder.name}: {MANIFEST} lacks {error}. {_MENDING}") from error
    images = open_images(folder, manifest)
    if hashlib.sha256(index_bytes).hexdigest() != wanted_index:
        raise PackError(f"Dataset {folder.name}: {INDEX} is not the one it was built with. {_MENDING}")
    rows = json.loads(index_bytes)
    if len(rows) != len(images):
        raise PackError(f"Dataset {folder.name}: {len(rows)} index rows for {len(images)} images. {_MENDING}")
    if verify and hash_pixels(images) != wanted_images:
        raise PackError(f"Dataset {folder.name}: the pixels in {IMAGES} have changed since it was built. {_MENDING}")
    splits = np.array([row["split"] for row in rows])
    return Pack(folder, images, np.flatnonzero(splits == "train"), np.flatnonzero(splits == "test"), rows, manifest)


def open_images(folder: Path, manifest: dict[str, Any]) -> NDArray[np.uint8]:
    """The pixels as a read-only memory map, (N, H, W, 3). Raises PackError where they are not those of the manifest."""
    try:
        images: NDArray[np.uint8] = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
        wanted = tuple(manifest["images"]["shape"])
    except FileNotFoundError as error:
        raise PackError(f"Dataset {folder.name} lacks the file {IMAGES}. {_MENDING}") from error
    except (ValueError, EOFError, OSError) as error:
        raise PackError(f"Dataset {folder.name}: {IMAGES} cannot be read ({error}). {_MENDING}") from error
    except (KeyError, TypeError) as error:
        raise PackError(f"Dataset {folder.name}: {MANIFEST} lacks {error}. {_MENDING}") from error
    if images.shape != wanted or images.dtype != np.uint8:
        raise PackError(
            f"Dataset {folder.name}: {IMAGES} holds {images.shape} {images.dtype}, but the manifest says "
            f"{wanted} uint8. {_MENDING}"
        )
    return images


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a dataset folder. Raises PackError if there is none or it is damaged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise PackError(f"{folder} is not a dataset: it has no {MANIFEST}.") from error
    except ValueError as error:
        raise PackError(f"Dataset {folder.name}: {MANIFEST} is damaged ({error}). {_MENDING}") from error
    if not isinstance(manifest, dict) or not {"id", "name", "content_hash"} <= set(manifest):
        raise PackError(f"Dataset {folder.name}: {MANIFEST} lacks its id, name or content hash. {_MENDING}")
    return manifest


def hash_pixels(images: NDArray[np.uint8]) -> str:
    """SHA-256 of the pixels, read in blocks of 64 MB."""
    digest = hashlib.sha256()
    step = max(1, (64 << 20) // max(1, images[0].nbytes)) if len(images) else 1
    for start in range(0, len(images), step):
        digest.update(images[start : start + step].tobytes())
    return digest.hexdigest()
