"""The three models of EugeneBudzinskiy/DCGAN-ArtGen-train."""

from core.models.preset import Preset
from core.models.presets.faithful import LEANING, PLAIN_GAN, SIGMOID, adam

_ORIGIN = "EugeneBudzinskiy/DCGAN-ArtGen-train"
_RESUMING = "Resuming really resumes: the original looked for its checkpoints in another folder than it wrote them to."


PRESETS = (
    Preset(
        name="artbench-dcgan",
        title="ArtBench DCGAN",
        family="gan",
        description="The classic DCGAN, as trained on the ArtBench-10 paintings. A baseline to compare with.",
        architecture="dcgan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, model v0.4",
        mended=(
            f"{SIGMOID} The discriminator's last layer, which only scales its one number, is left out. {_RESUMING}"
        ),
        training={**PLAIN_GAN, **adam(2e-4, 0.5), "batch_size": 128},
    ),
    Preset(
        name="artbench-dcgan-wi",
        title="ArtBench DCGAN, small weights",
        family="gan",
        description="Kernels of 5 by 5, first weights of DCGAN's size, and a judge with one dense layer more.",
        architecture="artbench-gan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, model v0.5",
        mended=f"{SIGMOID} {LEANING} {_RESUMING}",
        training={**PLAIN_GAN, **adam(2e-4, 0.5), "batch_size": 128},
    ),
    Preset(
        name="artbench-wgan-gp",
        title="ArtBench WGAN-GP",
        family="gan",
        description="A critic in place of a judge, held to a slope of 1, trained five times as often. Slow and steady.",
        architecture="artbench-gan",
        resolutions=(64,),
        origin=f"{_ORIGIN}, model v0.14",
        mended=(
            f"The generator's loss leaves out the real pictures' mean, which does not depend on it. "
            f"{LEANING} {_RESUMING}"
        ),
        network={"latent_dim": 128, "critic": True},
        training={
            **PLAIN_GAN,
            **adam(1e-4, 0.0, 0.9),
            "batch_size": 64,
            "loss": "wasserstein",
            "penalty": "interpolated",
            "penalty_gamma": 10.0,
            "penalty_gamma_final": 10.0,
            "discriminator_steps": 5,
            "generator_first": True,
        },
    ),
)
