"""The three GANs of tuanle618/deepArt-generation."""

from core.models.preset import Preset
from core.models.presets.faithful import ADADELTA, EPOCHS, LEANING, PLAIN_GAN, SIGMOID, adam

_ORIGIN = "tuanle618/deepArt-generation"
_MENDED = f"{SIGMOID} {EPOCHS} Each network has an optimiser of its own; in the original both shared the memory of one."
_UNIT = " Pictures are mapped to [0, 1] and back, the range of its sigmoid."


PRESETS = (
    Preset(
        name="deepart-dcgan-1",
        title="deepArt DCGAN 1",
        family="gan",
        description="A DCGAN for Japanese prints at 128 pixels: enlarging, then convolving; dropout in the judge.",
        architecture="deepart-gan",
        resolutions=(128,),
        origin=f"{_ORIGIN}, DCGAN_1",
        mended=f"{_MENDED} {LEANING} Its sample sheets were washed out, for they took its output for another range.",
        network={"output": "tanh", "slope": 0.2, "dropout": 0.25, "norm_momentum": 0.8},
        training={**PLAIN_GAN, **adam(2e-4, 0.5), "batch_size": 16, "separate_updates": True},
    ),
    Preset(
        name="deepart-dcgan-2",
        title="deepArt DCGAN 2",
        family="gan",
        description="The same painter; its judge halves by maximum pooling, and Adadelta sets the pace.",
        architecture="deepart-gan",
        resolutions=(128,),
        origin=f"{_ORIGIN}, DCGAN_2",
        mended=_MENDED + _UNIT,
        network={"output": "sigmoid", "pooling": True, "slope": 0.05, "dropout": 0.1, "norm_momentum": 0.99},
        training={**PLAIN_GAN, **ADADELTA, "batch_size": 16, "separate_updates": True},
    ),
    Preset(
        name="deepart-dcgan-3",
        title="deepArt DCGAN 3",
        family="gan",
        description="The first one's judge, pictures from 0 to 1, and Adam five times as fast.",
        architecture="deepart-gan",
        resolutions=(128,),
        origin=f"{_ORIGIN}, DCGAN_3",
        mended=f"{_MENDED} {LEANING}{_UNIT}",
        network={"output": "sigmoid", "slope": 0.2, "dropout": 0.25, "norm_momentum": 0.9},
        training={**PLAIN_GAN, **adam(1e-3, 0.9), "batch_size": 16, "separate_updates": True},
    ),
)
