"""Our own models, and their small variants for two CPU cores."""

from core.models.preset import Preset

PRESETS = (
    Preset(
        name="atelier-gan",
        title="Atelier GAN",
        family="gan",
        description="Our GAN for collections of a few hundred to a few thousand pictures. Start here.",
        architecture="atelier-gan",
        resolutions=(64, 128, 32),
        network={"covers": "centred"},
        training={
            "batch_size": 16,
            "learning_rate": 1e-3,
            "augment": "translation",
            "penalty_gamma": 10.0,
            "penalty_gamma_final": 1.0,
        },
        at_resolution={  # the slope that a picture allows grows with its pixels
            32: {"penalty_gamma": 2.0, "penalty_gamma_final": 0.2},
            128: {"penalty_gamma": 40.0, "penalty_gamma_final": 4.0},
            256: {"penalty_gamma": 160.0, "penalty_gamma_final": 16.0},
        },
    ),
    Preset(
        name="atelier-vae",
        title="Atelier VAE",
        family="vae",
        description="Learns to compress pictures and draw new ones: steadier than a GAN, softer in its pictures.",
        architecture="vae",
        resolutions=(64, 32, 128),
        network={"decoder": "painting"},
        training={"batch_size": 16, "similarity_weight": 0.1},
    ),
    Preset(
        name="quick-gan",
        title="Quick GAN",
        family="gan",
        description="Small enough for two CPU cores: first shapes within seconds, a style within minutes.",
        architecture="atelier-gan",
        resolutions=(32,),
        network={"width": 32, "max_width": 128, "latent_dim": 64},
        training={
            "batch_size": 16,
            "augment": "translation",
            "learning_rate": 1.5e-3,
            "learning_rate_final": 2e-4,
            "penalty_gamma": 0.5,
            "penalty_gamma_final": 0.1,
            "ema_half_life_images": 2_000,
            "ema_ramp_up": 0.1,
        },
    ),
    Preset(
        name="quick-vae",
        title="Quick VAE",
        family="vae",
        description="A small VAE for two CPU cores.",
        architecture="vae",
        resolutions=(32,),
        network={"decoder": "painting", "width": 16, "max_width": 64, "latent_dim": 64},
        training={"batch_size": 32, "learning_rate": 2e-3, "similarity_weight": 0.1},
    ),
)
