"""Runs that films are made of: written once, and never changed by a test."""

from pathlib import Path

import pytest

from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.runs import make_run


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A lab with a GAN and a VAE of 32 pixels, grids of 16 at the epochs 0 to 3."""
    workspace = Workspace(tmp_path_factory.mktemp("films") / "lab").create()
    make_run(workspace, "quick-gan")
    make_run(workspace, "quick-vae")
    return workspace


@pytest.fixture(scope="session")
def gan(shared: Workspace) -> RunFolder:
    return _run(shared, "gan")


@pytest.fixture(scope="session")
def vae(shared: Workspace) -> RunFolder:
    return _run(shared, "vae")


def _run(workspace: Workspace, family: str) -> RunFolder:
    folders = (RunFolder(path) for path in sorted(Path(workspace.checkpoints).iterdir()))
    return next(folder for folder in folders if folder.family == family)
