"""The InfoGAN that spencer-wallace/gan_project announced."""

from core.models.preset import Preset
from core.models.presets.faithful import PLAIN_GAN, adam

PRESETS = (
    Preset(
        name="met-infogan",
        title="Met InfoGAN",
        family="infogan",
        description=(
            "Finds kinds of picture, and ways in which pictures differ by degrees, without being told any: "
            "a column for each kind, a slider for each way."
        ),
        architecture="met-infogan",
        resolutions=(64, 32, 128),
        origin="spencer-wallace/gan_project, first point of its plans",
        mended=(
            "The original announces it and has no code for it; this is that plan made real, after Chen et al., 2016. "
            "The loss takes logits; a softmax before a cross-entropy, as in well-known examples, learns slowly. "
            "Averaged weights are drawn from."
        ),
        training={**PLAIN_GAN, **adam(2e-4, 0.5), "batch_size": 32, "ema_half_life_images": 10_000.0, "flip": True},
    ),
)
