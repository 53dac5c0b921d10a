"""Training settings that the seeds have in common: none of what came after them."""

from collections.abc import Mapping
from typing import Any

PLAIN: Mapping[str, Any] = {"ema_half_life_images": 0.0, "flip": False}  # of any family
PLAIN_GAN: Mapping[str, Any] = {
    **PLAIN,
    "loss": "cross-entropy",
    "augment": "",
    "penalty_gamma": 0.0,
    "penalty_gamma_final": 0.0,
    "penalty_every_steps": 1,
}


def adam(learning_rate: float, beta1: float, beta2: float = 0.999) -> dict[str, Any]:
    """Adam at one rate from start to end. For GANs; other families have no beta2_final."""
    return {
        "learning_rate": learning_rate,
        "learning_rate_final": learning_rate,
        "beta1": beta1,
        "beta2": beta2,
        "beta2_final": beta2,
    }


ADADELTA: Mapping[str, Any] = {"optimiser": "adadelta", "learning_rate": 1.0, "learning_rate_final": 1.0}
SIGMOID = "The sigmoid is part of the loss, which cannot overflow there."
LEANING = "Layers of stride 2 and odd kernels reach further to the left and up, those of Keras to the right and down."
EPOCHS = "An epoch is one pass over all pictures, not one batch."
