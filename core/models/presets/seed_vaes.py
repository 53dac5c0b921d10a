"""The VAEs of tuanle618/deepArt-generation and of Casardo-Chen/wikiart-neural-trasnfer."""

from core.models.preset import Preset
from core.models.presets.faithful import ADADELTA, EPOCHS, PLAIN

_DEEPART_WORDS = {
    1: "Halves by strides; two convolutions where the picture is small.",
    2: "Halves by maximum pooling. The author's default.",
    3: "Leaky, with one dense layer and two last convolutions more.",
    4: "The third one with dropout after nearly every layer.",
}
_ABSTRACT_TRAINING = {
    **PLAIN,
    "batch_size": 100,
    "learning_rate": 2e-4,
    "learning_rate_final": 2e-4,
    "beta1": 0.5,
    "reconstruction": "squared",
    "reconstruction_weight": 1.0,
    "kl_weight": 0.04,
    "sample_from": "prior",
}


def _deepart(variant: int) -> Preset:
    return Preset(
        name=f"deepart-vae-{variant}",
        title=f"deepArt VAE {variant}",
        family="vae",
        description=f"For Japanese prints at 128 pixels. {_DEEPART_WORDS[variant]}",
        architecture="deepart-vae",
        resolutions=(128,),
        origin=f"tuanle618/deepArt-generation, VAE_{variant}",
        mended=(
            f"{EPOCHS} Pictures are mapped to [0, 1] and back, the range of its sigmoid. The squared error weighs by "
            "the number of pixels: 16,384 at 128 pixels, as there."
        ),
        network={"variant": variant},
        training={
            **PLAIN,
            **ADADELTA,
            "batch_size": 16,
            "reconstruction": "squared",
            "sample_from": "prior",
        },
    )


def _abstract(number: int, resolution: int) -> Preset:
    return Preset(
        name=f"abstract-vae-{number}",
        title=f"Abstract VAE {number}",
        family="vae",
        description=f"For abstract paintings at {resolution} pixels; five friends gave its samples 1.7 of 5.",
        architecture="abstract-vae",
        resolutions=(resolution,),
        origin="Casardo-Chen/wikiart-neural-trasnfer",
        mended=(
            "Its README prints the discriminator's layers for the encoder, and none for the decoder: these are the "
            "discriminator's layers, and the generator's in reverse. The KL term weighs batch by pictures, 100 by the "
            "2,504 it was trained on."
        ),
        training=_ABSTRACT_TRAINING,
    )


PRESETS = (*(_deepart(variant) for variant in (1, 2, 3, 4)), _abstract(1, 64), _abstract(2, 128))
