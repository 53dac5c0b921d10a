"""The three models of EugeneBudzinskiy/DCGAN-ArtGen-train."""

from core.models.preset import Preset

PRESETS = (
    Preset(
        name="artbench-dcgan",
        title="ArtBench DCGAN",
        family="gan",
        description="The classic DCGAN, as trained on the ArtBench-10 paintings. A baseline to compare with.",
        architecture="dcgan",
        resolutions=(64,),
        origin="EugeneBudzinskiy/DCGAN-ArtGen-train, model v0.4",
        mended=(
            "The sigmoid is part of the loss, which cannot overflow there. Resuming really resumes: the original "
            "looked for its checkpoints in another folder than it wrote them to."
        ),
        training={
            "batch_size": 128,
            "loss": "cross-entropy",
            "learning_rate": 2e-4,
            "learning_rate_final": 2e-4,
            "beta1": 0.5,
            "beta2": 0.999,
            "beta2_final": 0.999,
            "augment": "",
            "flip": False,
            "penalty_gamma": 0.0,
            "penalty_gamma_final": 0.0,
        },
    ),
)
