"""Our rectified flows."""

from core.models.preset import Preset

PRESETS = (
    Preset(
        name="atelier-flow",
        title="Atelier flow",
        family="flow",
        description=(
            "Learns the way from noise to a picture, a little at a time. Never collapses, and takes time: for a GPU. "
            "With few pictures it learns them by heart: watch error_held_out, and look at the nearest real pictures."
        ),
        architecture="flow",
        resolutions=(64, 32, 128),
        training={"batch_size": 32, "flip": True},
    ),
    Preset(
        name="quick-flow",
        title="Quick flow",
        family="flow",
        description="A small flow for two CPU cores: blurred fields within minutes, edges within an hour.",
        architecture="flow",
        resolutions=(32,),
        network={"width": 48, "max_width": 96, "blocks": 1, "patch": 2, "dropout": 0.0, "sampling_steps": 8},
        training={"batch_size": 16, "learning_rate": 2e-3, "learning_rate_final": 2e-4, "ema_half_life_images": 2_000},
    ),
)
