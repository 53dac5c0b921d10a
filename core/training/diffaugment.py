"""DiffAugment (Zhao et al., 2020, arXiv:2006.10738): changes to every picture that the discriminator sees.

Real and generated pictures are changed alike, so the changes do not leak into what is generated. They are drawn per
picture, and differentiable, so the generator learns through them.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from core.training.parallel import SINGLE, Share

_SHIFT_SHARE = 0.125  # of the side, at most, in each direction
_CUTOUT_SHARE = 0.5  # of the side


def diffaugment(
    images: Tensor,
    names: Sequence[str],
    generator: Generator | None = None,
    share: Share = SINGLE,
    *,
    chance: float = 1.0,
) -> Tensor:
    """Apply the named changes ("color", "translation", "cutout") in that order to (B, 3, H, W) in [-1, 1].

    Numbers are drawn for the whole batch, of which `images` are this process's share.

    Args:
        chance: of each change to happen to a picture. Below 1 the discriminator sees pictures without it, too, so no
            change can pass for what pictures are like (Karras et al., 2020, arXiv:2006.06676, section 2).
    """
    for name in ("color", "translation", "cutout"):
        if name in names:
            changed = images
            for change in _CHANGES[name]:
                changed = change(changed, generator, share)
            if chance < 1:
                changed = torch.where(_uniform(images, generator, share) < chance, changed, images)
            images = changed
    return images


def _brightness(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """Plus U(-0.5, 0.5)."""
    return images + (_uniform(images, generator, share) - 0.5)


def _saturation(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """Distance from the pixel's own grey times U(0, 2)."""
    grey = images.mean(dim=1, keepdim=True)
    return (images - grey) * (2 * _uniform(images, generator, share)) + grey


def _contrast(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """Distance from the picture's mean times U(0.5, 1.5)."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * (_uniform(images, generator, share) + 0.5) + mean


def _translation(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """Moved by up to an eighth of the side in each direction; zeros come in."""
    batch, _, height, width = images.shape
    down = _integers(images, int(height * _SHIFT_SHARE + 0.5), generator, share)
    right = _integers(images, int(width * _SHIFT_SHARE + 0.5), generator, share)
    rows = torch.arange(height, device=images.device) - down[:, None]  # (B, H): the row that comes to each row
    columns = torch.arange(width, device=images.device) - right[:, None]
    kept = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[:, None, None, :]
    picture = torch.arange(batch, device=images.device)[:, None, None]
    taken = images.permute(0, 2, 3, 1)[
        picture, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]
    ]
    return taken.permute(0, 3, 1, 2) * kept


def _cutout(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """One square of half the side set to zero; its centre lies anywhere, so it may stand over the edge."""
    batch, _, height, width = images.shape
    cut_height, cut_width = int(height * _CUTOUT_SHARE + 0.5), int(width * _CUTOUT_SHARE + 0.5)
    draw = torch.rand(2, batch * share.size, 1, device=images.device, generator=generator)
    draw = share.part(draw.transpose(0, 1)).transpose(0, 1)  # (2, B, 1)
    top = (draw[0] * (height + 1 - cut_height % 2)).floor() - cut_height // 2
    left = (draw[1] * (width + 1 - cut_width % 2)).floor() - cut_width // 2
    rows = torch.arange(height, device=images.device)
    columns = torch.arange(width, device=images.device)
    cut_rows = (rows >= top) & (rows < top + cut_height)  # (B, H)
    cut_columns = (columns >= left) & (columns < left + cut_width)
    return images * ~(cut_rows[:, None, :, None] & cut_columns[:, None, None, :])


_CHANGES: dict[str, tuple[Callable[[Tensor, Generator | None, Share], Tensor], ...]] = {
    "color": (_brightness, _saturation, _contrast),
    "translation": (_translation,),
    "cutout": (_cutout,),
}


def _uniform(images: Tensor, generator: Generator | None, share: Share) -> Tensor:
    """One number in [0, 1) per picture, (B, 1, 1, 1)."""
    count = len(images) * share.size
    return share.part(torch.rand(count, 1, 1, 1, device=images.device, generator=generator, dtype=torch.float32))


def _integers(images: Tensor, limit: int, generator: Generator | None, share: Share) -> Tensor:
    """One whole number from -limit to limit per picture, (B,)."""
    count = len(images) * share.size
    return share.part(torch.randint(-limit, limit + 1, (count,), device=images.device, generator=generator))
