"""The method report of a study on one page: what was asked of whom, what came out, how sure it is, what limits it."""

import hashlib

from core import __version__
from core.studies.clock import now_text
from core.studies.kinds import REAL
from core.studies.report_forms import Bar, Report, Section, Table
from core.studies.results import words
from core.studies.results.references import CAVEAT, references_for
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from core.studies.statistics.intervals import BOOTSTRAP_ROUNDS, FEW_RATERS, Interval
from core.studies.study import Study


def report(everything: StudyResults, clean: StudyResults) -> Report:
    """Args: everything, clean: results with flagged raters, and without them."""
    study = everything.study
    interval_rows = [score for score in everything.scores if score.value is not None]
    return Report(
        title=study.title,
        subtitle=f"Human study {study.id}, opened {study.created[:10]}, reported {now_text()[:10]}",
        sections=tuple(
            section
            for section in (
                _for_a_paper(everything, clean),
                _design(study),
                _conditions(study),
                _raters(everything, clean),
                _findings(everything, clean),
                _certainty(everything),
                _limits(everything),
                _making(study),
            )
            if section.paragraphs or section.tables
        ),
        figure_title=f"{everything.measure.title}, with 95 % intervals",
        bars=tuple(
            Bar(
                condition_names(study.conditions)[score.condition.id],
                score.value,
                score.best_interval.low if score.best_interval else score.value,
                score.best_interval.high if score.best_interval else score.value,
                everything.measure.text(score.value),
            )
            for score in interval_rows
            if score.value is not None
        ),
    )


def _for_a_paper(everything: StudyResults, clean: StudyResults) -> Section:
    """Two paragraphs to start from."""
    study, counts, measure = everything.study, everything.counts, everything.measure
    design, names = study.design, condition_names(study.conditions)
    asked = {
        "rating": f"rated single pictures on a scale from {design.answers[0]} to {design.answers[-1]}",
        "detection": "judged of single pictures whether they were made by a person or generated",
        "preference": "chose the better of two pictures",
    }[design.scale.measure]
    if design.kind == "side-by-side":
        asked = f"rated pictures beside a real one from {design.answers[0]} to {design.answers[-1]}"
    if design.exposure == "staircase":
        asked += f", each flashed for an adaptive time that began at {design.staircase.start_ms} ms"
    many = (
        "every picture" if study.total_per_rater == len(study.main_trials) else f"{study.total_per_rater} trials each"
    )
    method = (
        f"{_count(counts.started, 'rater')} {asked} ({counts.judgements:,} judgements, {many}, in random order, "
        f"conditions unnamed and mixed). The question was: “{design.question}” The pictures were frozen beforehand at "
        f"{study.display_size[0]}×{study.display_size[1]} pixels, all in one format, size and compression."
    )
    if design.scale.measure == "preference":
        method += " Sides were balanced and logged; scores come from a Bradley-Terry model with a term for the side."
    method += (
        f" Intervals are 95 % percentile intervals from {BOOTSTRAP_ROUNDS:,} resamples of whole raters. "
        f"{counts.flagged} of {counts.started} raters were flagged by rules fixed beforehand."
    )
    values = "; ".join(
        f"{names[score.condition.id]} {words.score_text(measure, score)}"
        for score in everything.scores
        if score.value is not None
    )
    outcome = f"{measure.title}: {values}." if values else "Nobody has answered yet."
    told = ["".join(words.difference(everything, one)) for one in words.telling(everything, 4)]
    outcome += (" " + " ".join(told)) if told else ""
    if everything.comparison:
        outcome += f" {words.tests(everything)}"
    if clean.counts.left_out:
        again = "; ".join(
            f"{names[score.condition.id]} {measure.text(score.value)}"
            for score in clean.scores
            if score.value is not None
        )
        outcome += f" Without flagged raters and votes ({clean.counts.judgements:,} judgements left): {again}."
    state = [everything.gauge.interim] if everything.gauge.interim else []
    return Section("In short", (*state, method, outcome))


def _design(study: Study) -> Section:
    design = study.design
    facts = [
        ("Kind", design.scale.title),
        ("Trials that count", f"{len(study.main_trials)}, of which a rater judges {study.total_per_rater}"),
        ("Before and among them", _extras(study)),
        ("Exposure", _exposure(study)),
        ("Stops", design.stop.in_words()),
        (
            "Asked for at opening",
            f"{design.recommended_judgements:,} judgements per condition and {design.recommended_raters:,} raters"
            + (f", for {design.goal}" if design.goal else ""),
        ),
    ]
    if design.scale.measure == "preference":
        ties = "“no difference” allowed" if design.ties else "one had to be chosen"
        facts.insert(1, ("Pairs", f"{design.pairing}; {ties}"))
    if design.ask_where:
        facts.append(("Places", "after a low answer raters could point at what gave the picture away"))
    wordings = Table(
        ("Language", "Question", "Instructions", "Ends of the scale", "Consent"),
        tuple(
            (
                language,
                wording.question,
                wording.instructions,
                f"{wording.lowest} – {wording.highest}" if wording.lowest or wording.highest else "",
                wording.consent or "not asked for",
            )
            for language, wording in design.wordings.items()
        ),
    )
    return Section("Design", (), (Table(("What", "How"), tuple(facts)), wordings))


def _extras(study: Study) -> str:
    design = study.design
    parts = [
        f"{number} {name}"
        for number, name in (
            (min(design.practice, len(study.trials_of("practice"))), "for practice"),
            (min(design.attention, len(study.trials_of("attention"))), "attention items"),
            (min(design.repeats, study.total_per_rater), "repeats"),
        )
        if number
    ]
    return ", ".join(parts) or "nothing"


def _exposure(study: Study) -> str:
    design = study.design
    if design.exposure == "unlimited":
        return "as long as the rater likes"
    steps = design.staircase
    return (
        f"{steps.start_ms} ms at first, within {steps.shortest_ms} to {steps.longest_ms} ms; {steps.down_ms} ms "
        f"shorter after {steps.streak} right answers in a row, {steps.up_ms} ms longer after a wrong one"
    )


def _conditions(study: Study) -> Section:
    names = condition_names(study.conditions)
    rows = tuple(
        (names[condition.id], condition.label, str(condition.count), " ".join(condition.notes))
        for condition in study.conditions
    )
    enlarged = study.manifest["display"]
    how = {"smooth": "bicubic", "pixels": "nearest neighbour"}[study.design.enlargement]
    return Section(
        "What competed",
        (
            f"Nobody picked pictures. All were brought from {enlarged['native_width']}×{enlarged['native_height']} to "
            f"{enlarged['width']}×{enlarged['height']} pixels ({how}), stripped of everything but pixels, and named at "
            "random before the first rater came.",
        ),
        (Table(("Condition", "What", "Pictures", "Notes"), rows),),
    )


def _raters(everything: StudyResults, clean: StudyResults) -> Section:
    counts = everything.counts
    time = f"{counts.median_ms / 1000:.1f} s" if counts.median_ms is not None else "–"
    fewest, middle, most = counts.per_trial
    sentences = [
        f"{words.who_came(everything)} Median time for an answer: {time}. Judgements of one trial: {fewest} to {most}, "
        f"median {middle:g}."
    ]
    if counts.attention_rate is not None:
        sentences.append(
            f"Attention items passed: {counts.attention_passed} of {counts.attention_shown} "
            f"({counts.attention_rate:.0%})."
        )
    sentences.append(
        f"Rules fixed at opening. {words.flag_rules(everything)} Flagged: {counts.exclusions_in_words}. Leaving them "
        f"and all fast votes out takes {clean.counts.left_out:,} of {counts.judgements:,} judgements away; both "
        "results are given below."
    )
    rejected = sum(one.rejected for _, one in everything.screened)
    if everything.screened:
        sentences.append(
            f"The screening of ITU-R BT.500 would reject {rejected} of {len(everything.screened)} raters; it was not "
            "acted on."
        )
    languages = sorted({rater.language for rater in everything.raters})
    if len(languages) > 1:
        shares = ", ".join(f"{code} {sum(r.language == code for r in everything.raters)}" for code in languages)
        sentences.append(f"Language of the wording: {shares}.")
    return Section("Who rated", tuple(sentences))


def _findings(everything: StudyResults, clean: StudyResults) -> Section:
    measure, names = everything.measure, condition_names(everything.study.conditions)
    rows = tuple(
        (
            names[score.condition.id],
            f"{score.judgements:,}",
            str(score.raters),
            measure.text(score.value),
            words.between(measure, score.rater_interval),
            words.between(measure, score.interval),
            measure.text(without.value),
            words.between(measure, without.rater_interval),
        )
        for score, without in zip(everything.scores, clean.scores, strict=True)
    )
    head = ("Condition", "Judgements", "Raters", measure.title, "By raters", "By judgements")
    tables = [Table((*head, "Without flagged", "By raters (without)"), rows)]
    if everything.distributions:
        answers = everything.study.design.answers
        tables.append(
            Table(
                ("Answers", *(_answer(everything.study, answer) for answer in answers)),
                tuple((names[one.condition.id], *map(str, one.counts)) for one in everything.distributions),
            )
        )
    tables += [*_detection(everything, names), *_ranking(everything, names)]
    if everything.strata:
        tables.append(
            Table(
                ("Condition", *(f"{stratum.name} ({stratum.raters})" for stratum in everything.strata)),
                tuple(
                    (names[c.id], *(words.score_text(measure, s.scores[i]) for s in everything.strata))
                    for i, c in enumerate(everything.study.conditions)
                ),
            )
        )
    notes = []
    references = references_for(everything.study.design.kind)
    if references:
        listed = "; ".join(f"{reference.label}: {reference.value:g}" for reference in references)
        notes.append(f"For orientation: {listed}. {CAVEAT}")
    return Section("Results", tuple(notes), tuple(tables))


def _answer(study: Study, answer: int) -> str:
    if study.design.scale.measure == "detection":
        return "real" if answer == REAL else "generated"
    return str(answer)


def _detection(found: StudyResults, names: dict[str, str]) -> list[Table]:
    if found.detection is None or not found.detection.models:
        return []
    rows = []
    for model in found.detection.models:
        cells = [
            names[model.condition.id],
            f"{100 * model.fool_rate:.1f} % ({model.fooled} of {model.judgements})",
            _percent(model.hype, model.hype_interval),
        ]
        for value, interval in ((model.d_prime, model.d_prime_interval), (model.bias, model.bias_interval)):
            bounds = f" ({words.signed(interval.low)} to {words.signed(interval.high)})" if interval else ""
            cells.append("–" if value is None else f"{words.signed(value)}{bounds}")
        rows.append(tuple(cells))
    of = found.detection
    rows.append(("Real pictures", f"{of.mistaken} of {of.real_judgements} taken for generated", "", "", ""))
    return [Table(("Model", "Fool rate", "HYPE∞ (wrong answers)", "d′", "Bias c"), tuple(rows))]


def _ranking(found: StudyResults, names: dict[str, str]) -> list[Table]:
    if found.ranking is None:
        return []
    ranking = found.ranking
    order = sorted(range(len(found.scores)), key=lambda index: -ranking.conditions[index].elo)
    ranks = tuple(
        (
            str(ranking.conditions[i].rank),
            str(ranking.conditions[i].rank_bound),
            names[found.scores[i].condition.id],
            words.score_text(found.measure, found.scores[i]),
            str(ranking.conditions[i].comparisons),
        )
        for i in order
    )
    wins = tuple(
        (
            names[found.scores[i].condition.id],
            *(f"{ranking.wins[i, j]:g} of {ranking.counts[i, j]:g}" if i != j else "" for j in order),
        )
        for i in order
    )
    return [
        Table(("Rank", "Rank (UB)", "Condition", "Elo", "Comparisons"), ranks),
        Table(("Won against", *(names[found.scores[j].condition.id] for j in order)), wins),
    ]


def _certainty(found: StudyResults) -> Section:
    sentences = ["".join(words.difference(found, one)) for one in words.telling(found)]
    sentences.append(words.tests(found))
    sentences += ["".join(line) for line in words.agreement(found)]
    return Section("How sure", tuple(sentences))


def _limits(found: StudyResults) -> Section:
    counts, sentences = found.counts, [found.gauge.words]
    raters = len(found.judgements.rater_ids)
    if raters < FEW_RATERS:
        sentences.append(f"With {raters} raters, intervals by resampling raters are likely too narrow.")
    if counts.invited_joined and counts.joined > counts.invited_joined:
        sentences.append("Some raters were invited and some came by an open link: two crowds, shown apart above.")
    elif not counts.invited:
        sentences.append("Raters came by an open link and chose themselves; who they are is not known.")
    if counts.started > counts.finished:
        sentences.append(
            f"{counts.started - counts.finished} raters have not finished; what they judged until then counts."
        )
    sentences.append(
        "Answers are about these frozen pictures, on screens that nobody controlled; response times were measured in "
        "the raters' browsers. Differences between models hold for the runs that were shown, not for the "
        "methods at large."
    )
    return Section("Limits", tuple(sentences))


def _making(study: Study) -> Section:
    digest = hashlib.sha256((study.path / "manifest.json").read_bytes()).hexdigest()
    return Section(
        "How this was made",
        (
            f"Atelier {__version__}; the study was opened by version {study.manifest.get('code_version', 'unknown')}. "
            f"Manifest sha256 {digest}. Intervals: {BOOTSTRAP_ROUNDS:,} resamples of raters with seed 0 (2.5 and 97.5 "
            "% quantiles), Wilson's score for shares, Student's t for means. Tests: scipy; agreement: krippendorff.",
        ),
    )


def _percent(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    bounds = f" ({100 * interval.low:.1f} to {100 * interval.high:.1f})" if interval else ""
    return f"{100 * value:.1f} %{bounds}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
