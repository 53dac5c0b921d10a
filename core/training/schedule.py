"""How long a training is, and when it saves: counted in images, shown as epochs. No torch here."""

from dataclasses import dataclass

FIRST_LOOK = 1_000  # images after which there is something to see
PREVIEWS = tuple(FIRST_LOOK << doubling for doubling in range(24))  # images seen at which a preview is drawn
_SAVES = 40  # about so many epochs are saved in a run


@dataclass(frozen=True)
class Schedule:
    """How long a training is and when it saves, in images."""

    epoch_images: int
    epochs: int
    save_every_epochs: int
    total_images: int  # at most epochs * epoch_images: the last epoch may be cut short

    def finished_epoch(self, images_seen: int) -> int:
        """The last epoch that is to be saved among those that are over; 0 before the first."""
        if images_seen >= self.total_images:
            return self.epochs
        return images_seen // self.epoch_images // self.save_every_epochs * self.save_every_epochs


def plan_saves(epochs: int, epoch_images: int, save_every_epochs: int) -> int:
    """Every how many epochs to save: as asked, or about 40 times in a run and at least 1,000 images apart."""
    return save_every_epochs or max(1, -(-epochs // _SAVES), -(-FIRST_LOOK // epoch_images))
