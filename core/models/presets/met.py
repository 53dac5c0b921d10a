"""The GAN of spencer-wallace/gan_project."""

from core.models.preset import Preset
from core.models.presets.faithful import PLAIN_GAN, SIGMOID, adam

PRESETS = (
    Preset(
        name="met-gan",
        title="Met GAN",
        family="gan",
        description="For photographs of vases: depth, filters, grey or colour, and pictures that are no squares.",
        architecture="met-gan",
        resolutions=(64, 128, 32),
        origin="spencer-wallace/gan_project",
        mended=(
            f"{SIGMOID} Colours are kept in range: the original cast its output to bytes without scaling, and drew its "
            "sample from noise 255 times too large. It begins at 64 pixels; the original's own search went to 512 and "
            "1,024, with 269 million parameters in the generator, and batches of 5. Both learning rates are equal; the "
            "search preferred the generator's 10 to 100 times higher, most likely for the range it got wrong "
            "(discriminator_learning_rate_factor=0.1 does the same)."
        ),
        training={**PLAIN_GAN, **adam(2e-4, 0.9), "batch_size": 16, "generator_batch_factor": 2},
    ),
)
