"""A small dataset folder for tests that train, written as core.datasets.pack describes it."""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def stripes(count: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Pictures of two coloured fields with a little noise, (count, side, side, 3)."""
    random = np.random.default_rng(seed)
    pictures = np.empty((count, side, side, 3), np.uint8)
    for picture in pictures:
        picture[:] = random.integers(0, 256, 3)
        picture[random.integers(side // 4, side - side // 4) :] = random.integers(0, 256, 3)
    return np.clip(pictures + random.integers(-4, 5, pictures.shape), 0, 255).astype(np.uint8)


def write_pack(
    folder: Path, images: NDArray[np.uint8], test: int = 0, *, styles: tuple[str, ...] = (), tags: tuple[str, ...] = ()
) -> None:
    """The last `test` pictures are held out. styles, tags: given to the pictures in turn."""
    folder.mkdir(parents=True)
    splits = ["train"] * (len(images) - test) + ["test"] * test
    rows = [
        {
            "sha256": f"{number:064x}",
            "artwork": f"a{number}",
            "artist": "",
            "style": styles[number % len(styles)] if styles else "",
            "tags": [tags[number % len(tags)]] if tags else [],
            "copy": "",
            "split": split,
        }
        for number, split in enumerate(splits)
    ]
    index = json.dumps(rows).encode()
    (folder / "index.json").write_bytes(index)
    np.save(folder / "images.npy", images)
    pixels = hashlib.sha256(np.ascontiguousarray(images)).hexdigest()
    manifest = {
        "id": folder.name,
        "name": folder.name,
        "content_hash": pixels,
        "images": {"shape": list(images.shape), "sha256": pixels},
        "index": {"sha256": hashlib.sha256(index).hexdigest()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
