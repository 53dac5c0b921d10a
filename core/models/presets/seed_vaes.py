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
    "reconstruction_weight": 4.0,  # the mean squared error of values in [-1, 1], as there
    "kl_weight": 0.036,
    "sample_from": "prior",
}
_ABSTRACT_MENDED = (
    "Its KL term weighs a batch's share of all pictures: here fixed at the 100 of 2,782 it was trained on. "
)


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


def _abstract(number: int, resolution: int, latent_dim: int, mended: str) -> Preset:
    return Preset(
        name=f"abstract-vae-{number}",
        title=f"Abstract VAE {number}",
        family="vae",
        description=f"For abstract paintings at {resolution} pixels: a textbook VAE. Its pictures stay blurred.",
        architecture="abstract-vae",
        resolutions=(resolution,),
        origin=f"Casardo-Chen/wikiart-neural-trasnfer, {'VAE_model' if number == 1 else 'VAE_model_new'}.ipynb",
        mended=_ABSTRACT_MENDED + mended,
        network={"latent_dim": latent_dim},
        training=_ABSTRACT_TRAINING,
    )


PRESETS = (
    *(_deepart(variant) for variant in (1, 2, 3, 4)),
    _abstract(1, 64, 200, "The layers are the notebook's; the README prints those of the discriminator instead."),
    _abstract(
        2,
        128,
        100,
        "Size, latent numbers and training are its second notebook's, which leaves the widths open: "
        "the layers are the first one's and one level more.",
    ),
)
