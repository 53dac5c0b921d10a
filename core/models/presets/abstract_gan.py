"""The GAN of Casardo-Chen/wikiart-neural-trasnfer."""

from core.models.preset import Preset
from core.models.presets.faithful import PLAIN_GAN, SIGMOID, adam

PRESETS = (
    Preset(
        name="abstract-dcgan",
        title="Abstract DCGAN",
        family="gan",
        description="The textbook DCGAN, as trained on 2,800 abstract paintings; five friends gave it 3.8 of 5.",
        architecture="abstract-gan",
        resolutions=(64,),
        origin="Casardo-Chen/wikiart-neural-trasnfer, as its README documents it",
        mended=(
            f"{SIGMOID} It paints the 64 by 64 pixels that its README tells of: the generator as it was committed has "
            "two layers of another stride, and paints 22 by 22."
        ),
        training={**PLAIN_GAN, **adam(2e-4, 0.5), "batch_size": 128},
    ),
)
