"""Which parts of atelier-gan earn their place? From a plain DCGAN to it, one change a row, everything else equal.

    python benchmarks/ablation.py FOLDER [--side 32] [--images 8000] [--seeds 0 1 2] [--rows dcgan,...]

Rows and what they measure: as in quality.py. The rows after the chosen one take single parts away, or change a number.
"""

from quality import Pieces, Row, compare, options, overrides_of

from core.models.zoo import find_preset

_PLAIN = {"palette": 0, "bands": "no", "minibatch_deviation": "no"}  # atelier-gan's networks without our additions
_OFF = {"ema_half_life_images": 0, "augment": "", "flip": "no"}
_PENALISED = {
    "loss": "relativistic",
    "learning_rate": 1e-3,
    "learning_rate_final": 1e-4,
    "beta1": 0.0,
    "beta2": 0.99,
    "beta2_final": 0.99,
    "penalty_every_steps": 4,
}


def ladder(side: int) -> list[Row]:
    """Each row has everything the row before had, and one thing more."""
    ours = find_preset("atelier-gan").training_at(side)
    gamma = {name: ours[name] for name in ("penalty_gamma", "penalty_gamma_final")}
    steps: list[tuple[str, str, dict[str, object]]] = [
        ("dcgan", "artbench-dcgan", _OFF),
        ("+ mirroring", "artbench-dcgan", {"flip": "yes"}),
        ("+ averaged weights", "artbench-dcgan", {"ema_half_life_images": 10_000, "ema_ramp_up": 0.1}),
        ("+ DiffAugment", "artbench-dcgan", {"augment": "translation"}),
        ("+ no batch norm in D", "artbench-dcgan", {"discriminator_norm": "none"}),
        ("+ relativistic, R1, R2", "artbench-dcgan", {**_PENALISED, **gamma}),
    ]
    rows, so_far = [], {}
    for name, preset, change in steps:
        so_far = {**so_far, **change}
        rows.append(Row(name, preset, so_far))
    del so_far["discriminator_norm"]
    for name, change in (
        ("+ smooth resampling", _PLAIN),
        ("+ minibatch deviation", {"minibatch_deviation": "yes"}),
        ("+ palette", {"palette": 8, "covers": "free"}),
        ("+ centred covers", {"covers": "centred"}),
        ("+ bands", {"bands": "yes"}),
    ):
        so_far = {**so_far, **change}
        rows.append(Row(name, "atelier-gan", so_far))
    return rows


def variations(side: int) -> list[Row]:
    """The top of the ladder with one thing changed."""
    top = ladder(side)[-1]
    gamma = top.overrides["penalty_gamma"]
    changes: dict[str, dict[str, object]] = {
        "residual blocks": {"residual": "yes"},
        "texture": {"texture": "yes"},
        "palette of 16": {"palette": 16},
        "no averaged weights": {"ema_half_life_images": 0},
        "no augmentation": {"augment": ""},
        "translation, cutout": {"augment": "translation,cutout"},
        "translation, cutout, color": {"augment": "color,translation,cutout"},
        "penalty at every step": {"penalty_every_steps": 1},
        "penalty every 16 steps": {"penalty_every_steps": 16},
        "a fifth of gamma": {"penalty_gamma": gamma / 5, "penalty_gamma_final": gamma / 50},
        "five times gamma": {"penalty_gamma": gamma * 5, "penalty_gamma_final": gamma / 2},
        "free covers": {"covers": "free"},
        "hinge": {"loss": "hinge"},
        "cross-entropy": {"loss": "cross-entropy"},
        "batches of 8": {"batch_size": 8},
        "batches of 32": {"batch_size": 32},
        "learning rate 2e-3": {"learning_rate": 2e-3},
        "learning rate 5e-4": {"learning_rate": 5e-4},
        "pixel norm": {"generator_norm": "pixel"},
    }
    return [Row(name, top.preset, {**top.overrides, **change}) for name, change in changes.items()]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rows", default="", help="names, separated by semicolons; default: all")
    arguments = parser.parse_args()
    rows = [*ladder(arguments.side), *variations(arguments.side)]
    if arguments.rows:
        wanted = [name.strip() for name in arguments.rows.split(";")]
        rows = [row for row in rows if row.name in wanted]
    common = overrides_of(arguments)
    rows = [Row(row.name, row.preset, {**common, **row.overrides}) for row in rows]
    compare(rows, Pieces.of_folder(arguments.folder, arguments.side), arguments)


if __name__ == "__main__":
    main()
