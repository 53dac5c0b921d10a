"""The method report of a study on one page: what was asked of whom, what came out, how sure it is, what limits it.

Written once as plain paragraphs and tables, and turned into Markdown or into a page that needs no other file.
"""

import hashlib
import html
import re
from dataclasses import dataclass, field

from core import __version__
from core.studies.clock import now_text
from core.studies.kinds import REAL
from core.studies.results import words
from core.studies.results.references import CAVEAT, references_for
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from core.studies.statistics.intervals import BOOTSTRAP_ROUNDS, FEW_RATERS, Interval
from core.studies.study import Study


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...] = ()  # plain text
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Bar:
    """One condition in the figure."""

    name: str
    value: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    figure_title: str
    bars: tuple[Bar, ...] = field(default=())


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


def as_markdown(made: Report) -> str:
    lines = [f"# {_markdown(made.title)}", "", _markdown(made.subtitle), ""]
    for section in made.sections:
        lines += [f"## {_markdown(section.heading)}", ""]
        for paragraph in section.paragraphs:
            lines += [_markdown(paragraph), ""]
        for table in section.tables:
            lines += ["| " + " | ".join(map(_markdown, table.head)) + " |", "|" + "---|" * len(table.head)]
            lines += ["| " + " | ".join(map(_markdown, row)) + " |" for row in table.rows]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def as_html(made: Report) -> str:
    """A page without scripts, that loads nothing from anywhere; prints on paper."""
    parts = [f"<h1>{html.escape(made.title)}</h1>", f'<p class="quiet">{html.escape(made.subtitle)}</p>']
    for number, section in enumerate(made.sections):
        parts.append(f"<h2>{html.escape(section.heading)}</h2>")
        parts += [f"<p>{html.escape(paragraph)}</p>" for paragraph in section.paragraphs]
        if number == 0 and made.bars:
            parts.append(_figure(made))
        for table in section.tables:
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.head)
            rows = "".join(
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
            )
            parts.append(f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>')
    return _PAGE.format(title=html.escape(made.title), body="\n".join(parts))


# ---- what it says ----------------------------------------------------------------------------------------------------


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


# ---- how it looks ----------------------------------------------------------------------------------------------------


def _markdown(text: str) -> str:
    """Plain text, so that nothing that people wrote becomes markup, a link or a cell of its own."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _figure(made: Report) -> str:
    """Points with their intervals as inline SVG."""
    low, high = min(bar.low for bar in made.bars), max(bar.high for bar in made.bars)
    margin = 0.12 * (high - low) or 0.5
    low, high = low - margin, high + margin
    left, width, line = 170, 640, 34

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (width - left - 20)

    rows = []
    for number, bar in enumerate(made.bars):
        y = 26 + number * line
        rows.append(
            f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{html.escape(_shortened(bar.name))}</text>'
            f'<line x1="{x(bar.low):.1f}" x2="{x(bar.high):.1f}" y1="{y}" y2="{y}" stroke="#c2452d" stroke-width="3"/>'
            f'<circle cx="{x(bar.value):.1f}" cy="{y}" r="5.5" fill="#c2452d"/>'
            f'<text x="{x(bar.value):.1f}" y="{y - 10}" text-anchor="middle" font-weight="600">'
            f"{html.escape(bar.text)}</text>"
        )
    height = 26 + len(made.bars) * line
    label = html.escape(f"{made.figure_title}: " + "; ".join(f"{bar.name} {bar.text}" for bar in made.bars), quote=True)
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(rows)}</svg>'
        f"<figcaption>{html.escape(made.figure_title)}</figcaption></figure>"
    )


def _shortened(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --text: #26221d; --paper: #fbf9f5; --line: #ddd5c8; --quiet: #6b645a; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --text: #ede8e0; --paper: #171513; --line: #3a352f; --quiet: #a79f94; }}
}}
@media print {{ :root {{ --text: #000; --paper: #fff; --line: #ccc; --quiet: #444; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1, h2 {{ font-family: Georgia, serif; line-height: 1.2; }}
h2 {{ font-size: 1.15rem; margin: 1.6rem 0 .4rem; }}
.quiet, figcaption {{ color: var(--quiet); }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .85rem; margin: .5rem 0 1rem; }}
th, td {{ border-bottom: 1px solid var(--line); padding: .25rem .7rem .25rem 0; text-align: left;
  vertical-align: top; }}
figure {{ margin: 1rem 0; }}
svg {{ max-width: 100%; font: 13px system-ui, sans-serif; fill: var(--text); }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
