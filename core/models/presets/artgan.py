"""The models of gregwcy/ART-GAN. Its fourth is the second, trained on a curated dataset."""

from core.models.preset import Preset
from core.models.presets.faithful import LEANING, PLAIN_GAN, SIGMOID, adam

_ORIGIN = "gregwcy/ART-GAN"
_MENDED = (
    f"{SIGMOID} {LEANING} "
    "Pictures are RGB from -1 to 1 throughout; one of the original's notebooks fed BGR from 0 to 1. "
    "Its checkpoints were written after every batch of every tenth epoch."
)
_TRAINING = {
    **PLAIN_GAN,
    **adam(2e-4, 0.5),
    "batch_size": 64,
    "separate_updates": True,
    "generator_batch_factor": 2,
}


PRESETS = (
    Preset(
        name="artgan-baseline",
        title="ART-GAN baseline",
        family="gan",
        description="For colour-field paintings: equal levels of 128 channels, no batch norm anywhere.",
        architecture="art-gan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, model 1",
        mended=_MENDED,
        network={"generator_norm": "none"},
        training=_TRAINING,
    ),
    Preset(
        name="artgan-bn-generator",
        title="ART-GAN, norm in the generator",
        family="gan",
        description="Batch norm in the generator alone: the author's choice, and on curated pictures his fourth model.",
        architecture="art-gan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, models 2 and 4",
        mended=_MENDED,
        training=_TRAINING,
    ),
    Preset(
        name="artgan-bn-both",
        title="ART-GAN, norm in both",
        family="gan",
        description="Batch norm in both. The author gave it up, its losses were 0 after three epochs: to learn from.",
        architecture="art-gan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, model 3",
        mended=_MENDED,
        network={"discriminator_norm": "batch"},
        training=_TRAINING,
    ),
)
