"""The numbers that trainings log: what they are called, which belong in one chart, and how they become curves."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.charts import Curve


@dataclass(frozen=True)
class CurveGroup:
    """Numbers that share an axis."""

    title: str
    axis: str
    metrics: Mapping[str, str]  # key in metrics.jsonl -> label
    help: str
    can_be_log: bool = True


GROUPS: dict[str, tuple[CurveGroup, ...]] = {
    "gan": (
        CurveGroup(
            "Losses",
            "Loss",
            {"loss_generator": "Generator", "loss_discriminator": "Discriminator"},
            "Two opponents: neither loss alone says how good the pictures are. Both levelling off is a balance; the "
            "discriminator's going to zero while the generator's grows is a generator that learns nothing any more.",
        ),
        CurveGroup(
            "Scores of the discriminator",
            "Logit",
            {
                "score_fake": "Generated",
                "score_real": "Real",
                "score_train": "Real, as they are",
                "score_held_out": "Held out",
            },
            "What the discriminator thinks of pictures. When held-out pictures sink from the real towards the "
            "generated ones, it knows the training pictures by heart.",
        ),
        CurveGroup(
            "Signs of the scores",
            "Mean sign",
            {"sign_fake": "Generated", "sign_real": "Real"},
            "1 and -1: every picture told apart. Near 0: the discriminator guesses.",
            can_be_log=False,
        ),
        CurveGroup(
            "Gradient penalties",
            "Squared gradient",
            {
                "penalty_fake": "At generated pictures",
                "penalty_real": "At real pictures",
                "penalty_slope": "Between them",
            },
            "How steep the discriminator is.",
        ),
        CurveGroup(
            "Gradients",
            "Norm",
            {"gradient_generator": "Generator", "gradient_discriminator": "Discriminator"},
            "Length of the gradient of all weights.",
        ),
    ),
    "vae": (
        CurveGroup(
            "Losses",
            "Nats per number",
            {"loss": "Total", "loss_reconstruction": "Reconstruction", "loss_kl": "Divergence (KL)"},
            "The total is what training makes small.",
        ),
        CurveGroup(
            "Reconstruction error",
            "Mean squared error",
            {"error_train": "Training pictures", "error_held_out": "Held out"},
            "When the held-out error grows while the other falls, the pictures are being memorised.",
        ),
        CurveGroup(
            "Latent numbers in use",
            "Count",
            {"active_latents": "In use"},
            "Those that carry information about the picture.",
        ),
        CurveGroup(
            "Noise level", "Sigma", {"sigma": "Sigma"}, "How far reconstructions are off, as the model sees it."
        ),
        CurveGroup("Gradients", "Norm", {"gradient": "All weights"}, "Length of the gradient of all weights."),
    ),
    "flow": (
        CurveGroup(
            "Loss",
            "Mean squared error",
            {"loss": "Training"},
            "Of the way that is told from noise to picture. It soon falls slowly: pictures get better all the same.",
        ),
        CurveGroup(
            "Error",
            "Mean squared error",
            {"error_train": "Training pictures", "error_held_out": "Held out"},
            "Of the averaged network, always with the same noise. When the held-out error grows while the other falls, "
            "the pictures are being memorised.",
        ),
        CurveGroup(
            "Loss by share of noise",
            "Mean squared error",
            {
                "loss_noise_1": "Least noise",
                "loss_noise_2": "Less",
                "loss_noise_3": "More",
                "loss_noise_4": "Most noise",
            },
            "Where there is most noise, composition is learned; where there is least, the finest detail.",
        ),
        CurveGroup("Gradients", "Norm", {"gradient": "All weights"}, "Length of the gradient of all weights."),
    ),
}
GROUPS["infogan"] = (
    *GROUPS["gan"][:3],
    CurveGroup(
        "Codes read from pictures",
        "Loss",
        {"loss_category": "Category", "loss_continuous": "Sliders", "loss_codes": "Both, weighted"},
        "How badly the category and the sliders that a picture was painted by are read from it: what they do is found "
        "by making this small.",
    ),
    CurveGroup(
        "Categories",
        "Share or nats",
        {"code_accuracy": "Read rightly", "code_entropy": "Entropy"},
        "How often the category of a generated picture is read rightly.",
        can_be_log=False,
    ),
    *GROUPS["gan"][3:],
)
MACHINE = (
    CurveGroup("Speed", "Images per second", {"images_per_second": "Training"}, "Without saving and measuring."),
    CurveGroup("Memory", "Megabytes", {"memory_bytes": "In use"}, "Of the device that trains."),
)
_SCALES = {"memory_bytes": 1e-6}


def groups_for(family: str) -> tuple[CurveGroup, ...]:
    """Charts for a family, the most telling first. An unknown family gets speed and memory alone."""
    return (*GROUPS.get(family, ()), *MACHINE)


def metric_label(name: str) -> str:
    """'Losses: generator', for a chooser; a number that we have no name for keeps its own."""
    group = group_of(name)
    if group is None:
        return name.replace("_", " ").capitalize()
    label = group.metrics[name]
    return group.title if len(group.metrics) == 1 else f"{group.title}: {label[0].lower()}{label[1:]}"


def group_of(name: str) -> CurveGroup | None:
    """The first group that has this number; None for one that we have no name for."""
    groups = (group for groups in (*GROUPS.values(), MACHINE) for group in groups)
    return next((group for group in groups if name in group.metrics), None)


def metric_names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every number that was logged, in the order of our groups, then the rest by name."""
    logged = {name for row in rows for name, value in row.items() if _is_number(value)} - {
        "images_seen",
        "epoch",
        "seconds",
    }
    return in_order(logged)


def in_order(names: Iterable[str]) -> list[str]:
    """Those of our groups first, in their order, then the rest by name."""
    known = [name for groups in (*GROUPS.values(), MACHINE) for group in groups for name in group.metrics]
    left = set(names)
    ordered = [name for name in dict.fromkeys(known) if name in left]
    return ordered + sorted(left - set(ordered))


def curve(rows: Sequence[Mapping[str, Any]], metric: str, label: str, *, x: str = "epoch") -> Curve | None:
    """One logged number over `x` ("epoch" or "images_seen"); None if it was never logged.

    A number that is null in the log was infinite or undefined: the line is interrupted there.
    """
    points = [row for row in rows if metric in row and _is_number(row.get(x))]
    if not points:
        return None
    scale = _SCALES.get(metric, 1.0)
    values = [float(row[metric]) * scale if _is_number(row[metric]) else math.nan for row in points]
    return Curve(label, [float(row[x]) for row in points], values)


def group_curves(rows: Sequence[Mapping[str, Any]], group: CurveGroup) -> list[Curve]:
    """The curves of a group that were logged."""
    found = (curve(rows, name, label) for name, label in group.metrics.items())
    return [one for one in found if one is not None]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
