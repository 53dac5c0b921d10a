import pytest

from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack


@pytest.fixture
def workspace(tmp_path):
    """A workspace with a dataset `stripes`: 24 pictures of 32 pixels to train on, 8 held out."""
    workspace = Workspace(tmp_path / "lab").create()
    write_pack(workspace.dataset("stripes"), stripes(32, 32), test=8)
    return workspace


@pytest.fixture
def small():
    """Overrides that make quick-gan a matter of milliseconds."""
    return {
        "width": 4,
        "max_width": 8,
        "latent_dim": 4,
        "batch_size": 8,
        "grid_size": 4,
        "log_every_images": 16,
        "save_every_epochs": 1,
    }
