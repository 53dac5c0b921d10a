"""What a process does that trains along with another: it takes the steps that the first one announces. It decides
nothing and writes nothing."""

from enum import IntEnum

from core.training.resume import restore
from core.training.run_folder import RunFolder
from core.training.steps import Steps
from core.training.trainer import Measurements


class Word(IntEnum):
    """What the first process tells the others, once before each step."""

    STEP = 0
    GO_BACK = 1  # to the state that was just saved
    END = 2


def follow(run: RunFolder, steps: Steps, fingerprint: str) -> None:
    """Train along until the first process says that it is over. Raises LostContactError when it is gone."""
    share = steps.share
    while True:
        position, means = restore(run, steps.trainer, fingerprint, steps.pictures.device), Measurements()
        images_seen = position.images_seen
        share.meet()
        while (word := share.tell(Word.END)) == Word.STEP:
            means.add(steps.take(images_seen, position.rate_factor))
            if steps.is_logged(images_seen):
                share.means(means.take())
            images_seen += steps.settings.batch_size
        if word == Word.END:
            return
