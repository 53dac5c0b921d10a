"""Real pictures in a model: reconstructed, morphed one into the other, varied; or searched for."""

from core.training.run_folder import RunFolder


def show(run: RunFolder, epoch: int) -> None:
    pass
