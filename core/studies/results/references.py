"""Figures that others reported of systems that Atelier continues: a line to look at, not a result of ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    label: str
    value: float  # on the scale of the kind of study


CAVEAT = "Reported by its authors of other pictures and other raters: a rough idea of the scale, no comparison."

REFERENCES: dict[str, tuple[Reference, ...]] = {
    "rate-1-to-5": (
        Reference("Abstract DCGAN, its authors' survey", 3.9),
        Reference("Abstract VAE, its authors' survey", 1.7),
    ),
    "rate-1-to-10": (
        Reference("Style transfer, its authors' 10 raters, best", 8.5),
        Reference("Style transfer, its authors' 10 raters, middle", 8.2),
        Reference("Style transfer, its authors' 10 raters, least", 7.0),
    ),
}  # kind of study -> figures of the seeds


def references_for(kind: str) -> tuple[Reference, ...]:
    return REFERENCES.get(kind, ())
