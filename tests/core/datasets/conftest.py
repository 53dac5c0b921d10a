"""A lab with small drawn pictures: colours and sizes are chosen so that every expectation can be worked out by hand."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from core.catalog.picture import PictureRef
from core.workspace import Workspace


class Lab:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def add(self, picture: Image.Image, *, artwork: object = 0, artist: str = "A. Painter") -> PictureRef:
        """Store a picture as a collect job would, and say where it is."""
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        data = buffer.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.workspace.image(sha256, "png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return PictureRef(
            sha256=sha256,
            suffix="png",
            artwork_id=f"folder:{artwork}",
            artist=artist,
            width=picture.width,
            height=picture.height,
        )

    def add_many(self, count: int, width: int = 40, height: int = 40) -> list[PictureRef]:
        """Pictures of coloured noise, all different, one artwork each."""
        return [self.add(noise(number, width, height), artwork=number) for number in range(count)]


def noise(seed: int, width: int = 40, height: int = 40) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST)


@pytest.fixture
def lab(tmp_path):
    return Lab(Workspace(tmp_path).create())
