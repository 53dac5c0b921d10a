"""What can be measured of a run's epochs, and how each number is to be read. Loads no torch: pages and forms ask this.

Every measurement is a row of the run's scores.jsonl (see `core.training.score_sheet`). Most of them put generated
pictures beside as many real ones, and carry two baselines taken in the same way: the floor (two sets of real pictures)
and the ceiling (random noise, or whatever the worst is).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import ConfigError

Better = Literal["low", "high", "real"]
Needs = Literal["nothing", "inception", "discriminator", "autoencoder"]

NEEDS = {
    "nothing": "",
    "inception": "needs the weights of the Inception network in a file",
    "discriminator": "needs a run with a discriminator whose whole state was kept at that epoch",
    "autoencoder": "needs a variational autoencoder",
}


@dataclass(frozen=True)
class Metric:
    """One number that an evaluation gives for each epoch."""

    key: str
    title: str
    axis: str  # title of the axis, with the unit
    better: Better | None  # "real": the nearer to what real pictures give (the floor); None: neither end is better
    needs: Needs
    about: str  # what it means, for people
    smallest: int  # pictures on each side, below which the number says little
    group: str
    ceiling: str = "random noise"  # what the ceiling is taken of; "" where there is none
    chooses: bool = True  # whether an epoch can be the best by it: a check that all epochs should pass chooses none

    def distance(self, row: Mapping[str, Any]) -> float:
        """How far a row is from the best there could be: the least of comparable rows is the best one."""
        value = float(row["value"])
        if self.better == "real":
            floor = row.get("floor")
            return abs(value - float(floor)) if floor is not None else value
        return -value if self.better == "high" else value


_ALL = (
    Metric(
        "swd",
        "Sliced Wasserstein distance",
        "Distance × 1,000",
        "low",
        "nothing",
        "How far patches of the samples are from patches of real pictures, from the whole layout (16 px) to the finest "
        "texture, after Karras et al. (2017). 0 for equal sets; the floor is what two sets of real pictures have.",
        1000,
        "Closeness",
    ),
    Metric(
        "ms_ssim",
        "Alikeness of pairs (MS-SSIM)",
        "Mean similarity of two samples",
        "real",
        "nothing",
        "How alike two samples are on average, 0 to 1. Much above what two real pictures have: the model paints the "
        "same thing again and again. Much below: it paints noise.",
        200,
        "Variety",
        ceiling="one picture over and over",
    ),
    Metric(
        "memorisation",
        "Copied from the training pictures",
        "Share of the samples",
        "low",
        "nothing",
        "Samples that share the drawing of one training picture and lie much nearer to it than to all others, more so "
        "than 95 in 100 pictures that were never trained on. Up to about 5 in 100 is chance; far more is copying.",
        200,
        "Memory",
        ceiling="the training pictures themselves",
        chooses=False,
    ),
    Metric(
        "colour",
        "Colours",
        "Distance, in standard deviations",
        "low",
        "nothing",
        "How far lightness, contrast, vividness and the balance of colours of the samples are from those of real "
        "pictures, each in standard deviations of real pictures, on average.",
        200,
        "Look",
    ),
    Metric(
        "edges",
        "Edges and detail",
        "Distance, in standard deviations",
        "low",
        "nothing",
        "How far the strength, the share and the directions of edges, and the fine detail of the samples are from "
        "those of real pictures, each in standard deviations of real pictures, on average.",
        200,
        "Look",
    ),
    Metric(
        "discriminator",
        "Overfitting of the discriminator",
        "Trained on found more real than held out, share of pairs",
        "low",
        "discriminator",
        "How often the discriminator finds a picture that it was trained on more real than one that it has never seen. "
        "0.5: it cannot tell them apart; 1: it knows its pictures by heart, and has nothing left to teach.",
        100,
        "Discriminator",
        ceiling="trained and held-out pictures wholly apart",
        chooses=False,
    ),
    Metric(
        "reconstruction",
        "Reconstruction error",
        "Root mean square error, 8-bit steps",
        "low",
        "autoencoder",
        "How far pictures that were held out are from what comes back when they are encoded and decoded.",
        50,
        "Autoencoder",
        ceiling="the mean training picture for all",
    ),
    Metric(
        "active_units",
        "Active units",
        "Latent numbers in use",
        "high",
        "autoencoder",
        "How many numbers of the latent tell pictures from one another: those whose mean varies by more than 0.01 "
        "over the pictures (Burda et al., 2015). The rest carries nothing.",
        200,
        "Autoencoder",
        ceiling="all there are",
        chooses=False,
    ),
    Metric(
        "fid",
        "Fréchet Inception distance (FID)",
        "FID",
        "low",
        "inception",
        "Distance of two normal distributions fitted to what the Inception network sees in samples and in real "
        "pictures (Heusel et al., 2017). Rises as pictures get fewer: compare only equal counts.",
        2048,
        "Inception",
    ),
    Metric(
        "kid",
        "Kernel Inception distance (KID)",
        "KID × 1,000",
        "low",
        "inception",
        "As FID, but without its bias on small sets: for equal distributions it is 0 on average whatever the count "
        "(Bińkowski et al., 2018).",
        200,
        "Inception",
    ),
    Metric(
        "precision",
        "Precision",
        "Share of the samples",
        "high",
        "inception",
        "Samples that lie where real pictures are, by what the Inception network sees (Kynkäänniemi et al., 2019).",
        1000,
        "Inception",
    ),
    Metric(
        "recall",
        "Recall",
        "Share of the real pictures",
        "high",
        "inception",
        "Real pictures that lie where samples are, by what the Inception network sees (Kynkäänniemi et al., 2019).",
        1000,
        "Inception",
    ),
    Metric(
        "density",
        "Density",
        "Real neighbourhoods a sample lies in",
        "high",
        "inception",
        "As precision, but one odd real picture counts for less; may be above 1 (Naeem et al., 2020).",
        1000,
        "Inception",
    ),
    Metric(
        "coverage",
        "Coverage",
        "Share of the real pictures",
        "high",
        "inception",
        "Real pictures that have a sample in their neighbourhood (Naeem et al., 2020).",
        1000,
        "Inception",
    ),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}


def find_metric(key: str) -> Metric:
    """Raises ConfigError naming those there are."""
    if key not in METRICS:
        raise ConfigError(f"There is no metric called {key!r}. There are: {', '.join(METRICS)}.")
    return METRICS[key]


def comparable(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    """Rows with the same answer can be compared: metric, reference, its content, pictures on each side."""
    return (
        str(row["metric"]),
        str(row.get("against", "")),
        str(row.get("against_hash", "")),
        int(row.get("count") or 0),
    )


def best_row(rows: Iterable[Mapping[str, Any]], metric: Metric) -> Mapping[str, Any] | None:
    """Of rows that can be compared, the best; of equally good ones the earliest epoch. None of none."""
    return min(rows, key=lambda row: (metric.distance(row), row["epoch"]), default=None)
