import pytest
import torch

from core.sampling.explorer import Explorer, load_explorer
from core.workspace import Workspace
from tests.runs import make_run

MADE = {
    "gan": {"preset": "quick-gan", "epochs": (1, 2)},
    "vae": {"preset": "quick-vae"},
    "flow": {"preset": "quick-flow"},
    "infogan": {"preset": "met-infogan"},
    "conditioned": {"preset": "atelier-gan", "condition": "style"},
    "conditioned flow": {"preset": "atelier-flow", "condition": "style"},
}


class Lab:
    """A workspace in which a run of each kind is made when it is first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._explorers: dict[str, Explorer] = {}

    def __getitem__(self, name: str) -> Explorer:
        if name not in self._explorers:
            run = make_run(self.workspace, **{"epochs": (1,), "grid_size": 4} | MADE[name])
            self._explorers[name] = load_explorer(self.workspace, run.id)
        return self._explorers[name]


@pytest.fixture(scope="session")
def explorers(tmp_path_factory):
    """What a run is called in MADE -> an explorer of its newest epoch."""
    torch.set_num_threads(1)
    return Lab(Workspace(tmp_path_factory.mktemp("lab")).create())
