"""Analyses that take longer, or that only some readers want: what else explains the answers, and a mixed model."""

from dataclasses import replace

import numpy as np

from core.studies.kinds import NO_DIFFERENCE, REAL
from core.studies.results.study_results import StudyResults
from core.studies.statistics.covariates import CovariateReport, preference_report, rating_report
from core.studies.statistics.tests import MixedLogit, mixed_logit


def covariates(found: StudyResults) -> CovariateReport | None:
    """Brightness, contrast, sharpness, colourfulness and side beside the conditions; None where the study is too small,
    or its pictures were frozen by a version that measured none."""
    study = found.study
    reference = _reference(found)
    if reference is None:
        return None
    report = _report(found, reference)
    if report is None:
        return None
    order = {condition.id: index for index, condition in enumerate(study.conditions)}
    before, after = (
        tuple(sorted(effects, key=lambda effect: order[effect.name]))
        for effects in (report.unadjusted, report.conditions)
    )
    return replace(report, unadjusted=before, conditions=after)


def _report(found: StudyResults, reference: int) -> CovariateReport | None:
    study, judgements = found.study, found.judgements
    ids = [condition.id for condition in study.conditions]
    raters = [vote.rater for vote in judgements.votes]
    measure = study.design.scale.measure
    if measure == "preference":
        decided = [index for index, vote in enumerate(judgements.votes) if vote.answer != NO_DIFFERENCE]
        shown = [judgements.votes[index].shown for index in decided]
        return preference_report(
            judgements.left_won[decided],
            [study.items[left].condition for left, _ in shown],
            [study.items[right].condition for _, right in shown],
            [study.items[left].measures for left, _ in shown],
            [study.items[right].measures for _, right in shown],
            [raters[index] for index in decided],
            reference=ids[reference],
        )
    return rating_report(
        judgements.answers if measure == "rating" else (judgements.answers == REAL).astype(float),
        [ids[index] for index in judgements.conditions.tolist()],
        [study.items[judgements.judged_item(vote)].measures for vote in judgements.votes],
        raters,
        reference=ids[reference],
        outcome="mean" if measure == "rating" else "odds",
    )


def mixed_model(found: StudyResults) -> MixedLogit | None:
    """Of "real or generated": the odds of being taken for real, with an effect of each rater and picture."""
    study, judgements = found.study, found.judgements
    reference = _reference(found)
    if study.design.scale.measure != "detection" or reference is None or len(judgements.votes) == 0:
        return None
    return mixed_logit(
        (judgements.answers == REAL).astype(float),
        judgements.conditions,
        judgements.raters,
        judgements.trials,
        [condition.id for condition in study.conditions],
        reference,
    )


def _reference(found: StudyResults) -> int | None:
    """What the others are compared with: the real pictures where they compete, else the first condition judged."""
    judged = [index for index, score in enumerate(found.scores) if score.judgements]
    real = [index for index in judged if found.scores[index].condition.is_real]
    return int(np.min(real or judged)) if judged else None
