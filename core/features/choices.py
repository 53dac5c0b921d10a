"""Which descriptors a lab has: the one without a network always, those of networks where their files lie in the lab."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFoundError
from core.features.descriptor import COLOUR_AND_TEXTURE, Descriptor
from core.features.network import NETWORKS, network_descriptor
from core.features.search import with_measured_scale
from core.features.store import FeatureStore
from core.style.weights import WeightsError, lying
from core.workspace import Workspace

WITHOUT_NETWORK = "colour-texture"


@dataclass(frozen=True)
class Choice:
    key: str  # in addresses and commands: WITHOUT_NETWORK, or a network of core.features.network
    descriptor: Descriptor

    @property
    def label(self) -> str:
        return self.descriptor.label


def choices(workspace: Workspace) -> list[Choice]:
    """What can be chosen now. A network whose file is refused is left out: `choice` says why."""
    found = [Choice(WITHOUT_NETWORK, COLOUR_AND_TEXTURE)]
    for key in NETWORKS:
        if lying(key, workspace) is None:
            continue
        try:
            found.append(choice(workspace, key))
        except WeightsError:  # asked for by name, it is told; here it only cannot be chosen
            continue
    return found


def choice(workspace: Workspace, key: str, *, device: str = "cpu") -> Choice:
    """Raises: NotFoundError for one that is not here; WeightsError for a file that is not what its name says."""
    if key == WITHOUT_NETWORK:
        return Choice(key, COLOUR_AND_TEXTURE)
    descriptor = network_descriptor(key, workspace=workspace, device=device) if key in NETWORKS else None
    if descriptor is None:
        raise NotFoundError("descriptor", key, [known.key for known in choices(workspace)])
    return Choice(key, descriptor)


def store_folder(workspace: Workspace, descriptor: Descriptor = COLOUR_AND_TEXTURE) -> Path:
    """Where the descriptors of the lab's pictures lie."""
    return workspace.features / descriptor.name


def open_store(workspace: Workspace, descriptor: Descriptor = COLOUR_AND_TEXTURE) -> FeatureStore:
    """As of now. Scores of a network are scaled by the lab's own pictures: no scale for all of them is known."""
    store = FeatureStore(store_folder(workspace, descriptor), descriptor)
    if descriptor.name != COLOUR_AND_TEXTURE.name:
        store.descriptor = with_measured_scale(descriptor, store.shards)
    return store
