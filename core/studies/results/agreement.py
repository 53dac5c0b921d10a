"""How far the raters of a study agree, with one another and with themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.studies.journal import Vote
from core.studies.results.judgements import Judgements
from core.studies.statistics.agreement import (
    Alpha,
    IntraclassCorrelation,
    SelfAgreement,
    complete_block,
    fleiss_kappa,
    intraclass_correlation,
    krippendorff_alpha,
    self_agreement,
)

_FEWEST_BLOCK_TRIALS = 5  # below it a correlation over pictures says nothing
_SMALL_BLOCK = 0.25  # of all answers; below it the block is not the study


@dataclass(frozen=True)
class Agreement:
    alpha: Alpha | None
    icc: IntraclassCorrelation | None  # of ratings
    kappa: float | None  # Fleiss', of yes and no and of preferences
    block: tuple[int, int] | None  # (raters, trials) that the two above rest on
    itself: SelfAgreement | None
    remark: str  # why something cannot be had, in words; "" where all can


def agreement_of(judgements: Judgements, repeats: Sequence[Vote]) -> Agreement:
    """Args: repeats: votes on what the same raters had judged before."""
    study = judgements.study
    table = judgements.table()
    is_rating = study.design.scale.measure == "rating"
    alpha = krippendorff_alpha(table, "ordinal" if is_rating else "nominal")
    block = complete_block(table)
    if block is not None and block.shape[1] < _FEWEST_BLOCK_TRIALS:
        block = None
    remark = ""
    if block is None:
        wanted = "An intraclass correlation" if is_rating else "Fleiss' kappa"
        remark = (
            f"{wanted} needs raters who judged the same: no two raters share {_FEWEST_BLOCK_TRIALS} of them. "
            "Krippendorff's alpha takes gaps and stands for it."
        )
    elif block.size < _SMALL_BLOCK * len(judgements.votes):
        share = block.size / len(judgements.votes)
        remark = (
            f"The raters who judged the same gave {share:.0%} of the answers. Krippendorff's alpha takes all of them "
            "and is the one to quote."
        )
    first, second = _twice(judgements, repeats)
    return Agreement(
        alpha=alpha,
        icc=intraclass_correlation(block) if block is not None and is_rating else None,
        kappa=fleiss_kappa(block) if block is not None and not is_rating else None,
        block=(block.shape[0], block.shape[1]) if block is not None else None,
        itself=self_agreement(first, second),
        remark=remark,
    )


def _twice(judgements: Judgements, repeats: Sequence[Vote]) -> tuple[list[float], list[float]]:
    """Answers of the first and of the second time, meaning the same whichever side a picture was on."""
    again = Judgements(judgements.study, tuple(repeats))
    before = {
        (vote.rater, vote.item): value
        for vote, value in zip(judgements.votes, judgements.oriented.tolist(), strict=True)
    }
    first, second = [], []
    for vote, value in zip(again.votes, again.oriented.tolist(), strict=True):
        if (vote.rater, vote.item) in before:
            first.append(before[vote.rater, vote.item])
            second.append(value)
    return first, second
