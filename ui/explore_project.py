"""The nearest point to a picture, of a model that cannot encode: searched for by a job."""

from core.training.run_folder import RunFolder


def show(run: RunFolder, epoch: int) -> None:
    pass
