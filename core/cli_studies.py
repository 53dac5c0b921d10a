"""Commands about human studies: open one, read what people said, take it away, check that it is whole."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, print_table, remark
from core.errors import AtelierError, ConfigError
from core.pictures.gallery import WAYS
from core.studies.kinds import KINDS
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.studies.conditions import PictureSource, TestPictures
    from core.studies.design import StudyDesign
    from core.studies.results.study_results import StudyResults
    from core.studies.stopping import StopRule

_PAGE = "http://localhost:8501/studies"  # where the app listens when nobody said otherwise


def create(options: argparse.Namespace) -> None:
    from core.studies.freeze import create_study
    from core.studies.links import access, invite, raters_page, rating_url

    workspace = Workspace().create()
    sources, reference = _sources(workspace, options)
    study = create_study(workspace, options.name, _design(options), sources, reference=reference)
    if options.invite:
        invite(study, options.invite)
    for condition in study.conditions:
        for note in condition.notes:
            remark(f"Note: {note}")
    given = access(study)
    page = options.page or raters_page(_PAGE)
    link = rating_url(page, given.token)
    invitations = [rating_url(page, invitation.token) for invitation in given.invitations]
    value: dict[str, Any] = {"study": study.id, "link": link}
    if invitations:
        value["invitations"] = invitations
    print_result(options, value, "\n".join([study.id, link, *invitations]))


def list_all(options: argparse.Namespace) -> None:
    from core.studies.journal import VoteJournal
    from core.studies.links import access
    from core.studies.study import list_studies

    rows = []
    for study in list_studies(Workspace()):
        snapshot = VoteJournal(study.path).snapshot()
        rows.append(
            {
                "study": study.id,
                "title": study.title,
                "kind": study.design.kind,
                "pictures": len(study.items),
                "votes": sum(vote.role == "main" for vote in snapshot.votes),
                "raters": len(snapshot.raters),
                "open": access(study).takes_votes(),
                "created": study.created,
            }
        )
    print_table(
        options, rows, ("study", "title", "kind", "pictures", "votes", "raters"), empty="There is no study yet."
    )


def show_results(options: argparse.Namespace) -> None:
    from core.studies.journal import VoteJournal
    from core.studies.report import report
    from core.studies.report_forms import as_markdown
    from core.studies.results.machine import keep_with_runs
    from core.studies.results.study_results import results
    from core.studies.study import open_study

    workspace = Workspace()
    study = open_study(workspace, options.study)
    journal = VoteJournal(study.path)
    everything, clean = results(study, journal), results(study, journal, without_flagged=True)
    keep_with_runs(workspace, clean)
    value = {"study": study.id, "all": _plain(everything), "without_flagged": _plain(clean)}
    print_result(options, value, as_markdown(report(everything, clean)).rstrip())


def export(options: argparse.Namespace) -> None:
    from core.studies.export import export_study
    from core.studies.journal import VoteJournal
    from core.studies.study import open_study

    study = open_study(Workspace(), options.study)
    files = export_study(study, VoteJournal(study.path), options.out)
    value = {"study": study.id, "out": str(options.out), "files": [path.name for path in files]}
    print_result(options, value, "\n".join(map(str, files)))


def check(options: argparse.Namespace) -> None:
    from core.catalog.catalog import Catalog
    from core.studies.check import check_study
    from core.studies.journal import VoteJournal
    from core.studies.study import open_study
    from core.studies.votes_table import ingest_votes

    workspace = Workspace()
    study = open_study(workspace, options.study)
    with Catalog(workspace.catalog) as catalog:
        ingest_votes(catalog, workspace)
        found = check_study(study, VoteJournal(study.path), catalog)
    if not found.is_whole:
        for problem in found.problems:
            remark(problem)
        raise AtelierError(f"{len(found.problems)} things are not as they should be with {study.id}; see above.")
    print_result(
        options,
        {"study": study.id, "votes": found.votes, "standing": found.standing, "rows": found.rows},
        f"{study.id}: journal and table agree on {found.votes:,} votes, {found.standing:,} of them standing; all "
        f"{len(study.items)} pictures are those that were frozen.",
    )


def _sources(workspace: Workspace, options: argparse.Namespace) -> "tuple[list[PictureSource], TestPictures | None]":
    """(what competes, the real pictures beside it)."""
    from core.pictures.gallery import Gallery
    from core.studies.conditions import GeneratedPictures, NoisePictures, PresetPictures, TestPictures
    from core.studies.picture_files import FolderPictures, GalleryPictures
    from core.training.runs import find_run

    count, seed = options.items, options.seed
    sources: list[PictureSource] = []
    datasets = []
    for text in options.sources:
        run_id, _, epoch = text.partition(":")
        run = find_run(workspace, run_id)
        datasets.append(run.dataset_id)
        sources.append(GeneratedPictures(run.id, _epoch(epoch, text, run.latest()), count, seed))
    for text in options.preset:
        preset, _, dataset_id = text.partition(":")
        if not dataset_id:
            raise ConfigError(f"{text!r} names no dataset. Write --preset PRESET:DATASET.")
        datasets.append(dataset_id)
        sources.append(PresetPictures(preset, dataset_id, count, seed))
    models = len(sources)
    sources += [FolderPictures(str(folder), folder.name, count) for folder in options.folder]
    for way in options.made:
        hashes = tuple(made.sha256 for made in Gallery(workspace).newest(count, way=way))
        sources.append(GalleryPictures(hashes, WAYS[way], count))
    real: TestPictures | None = None
    wanted = options.real or ("test" if options.kind == "side-by-side" else None)
    if wanted:
        dataset_id = wanted if wanted != "test" else next(iter(datasets), "")
        if not dataset_id:
            raise ConfigError("--real test means the dataset of the first run; there is none. Write --real DATASET.")
        # Half of what raters see is real where they tell real from generated.
        number = count * max(1, models) if KINDS[options.kind].measure == "detection" else count
        real = TestPictures(dataset_id, number, seed)
    if options.noise:
        sources.append(NoisePictures(count, seed))
    if options.kind == "side-by-side":
        return sources, real
    return [*sources, *([real] if real else [])], None


def _epoch(text: str, asked: str, newest: int | None) -> int:
    if text:
        try:
            return int(text)
        except ValueError:
            raise ConfigError(f"{asked!r} names no epoch. Write --from RUN:EPOCH, such as my-run:40.") from None
    if newest is None:
        raise ConfigError(f"The run {asked} has kept no epoch yet, so it has nothing to show.")
    return newest


def _design(options: argparse.Namespace) -> "StudyDesign":
    from dataclasses import replace

    from core.studies.design import StudyDesign
    from core.studies.wording import usual

    wordings = {language: usual(options.kind, language) for language in options.language or ["en"]}
    if options.question:
        first = next(iter(wordings))
        wordings[first] = replace(wordings[first], question=options.question)
    return StudyDesign(
        kind=options.kind,
        wordings=wordings,
        items_per_rater=options.per_rater,
        practice=options.practice,
        attention=options.attention,
        repeats=options.repeats,
        ties=options.ties,
        exposure="staircase" if options.timed else "unlimited",
        pairing="adaptive" if options.adaptive else "balanced",
        ask_where=options.ask_where,
        stop=_stop(options),
    )


def _stop(options: argparse.Namespace) -> "StopRule":
    from core.studies.stopping import StopRule

    asked = [
        rule
        for rule in (
            StopRule("raters", options.stop_after_raters) if options.stop_after_raters is not None else None,
            StopRule("judgements", options.stop_after_judgements)
            if options.stop_after_judgements is not None
            else None,
            StopRule("date", date=options.stop_on) if options.stop_on else None,
        )
        if rule
    ]
    if len(asked) > 1:
        raise ConfigError(
            "A study stops by one rule. Give one of --stop-after-raters, --stop-after-judgements, --stop-on."
        )
    return asked[0] if asked else StopRule()


def _plain(found: "StudyResults") -> dict[str, Any]:
    """Results as JSON holds them."""
    from dataclasses import asdict

    from core.studies.results.words import agreement, difference, tests

    value: dict[str, Any] = {
        "counts": asdict(found.counts),
        "enough": {"share": found.gauge.share, "words": found.gauge.words, "interim": found.gauge.interim},
        "measure": found.measure.name,
        "conditions": [
            {
                "condition": score.condition.id,
                "label": score.condition.label,
                "judgements": score.judgements,
                "raters": score.raters,
                "value": score.value,
                "by_judgements": _bounds(score.interval),
                "by_raters": _bounds(score.rater_interval),
            }
            for score in found.scores
        ],
        "differences": [
            {
                "first": one.first.id,
                "second": one.second.id,
                "difference": one.difference,
                "interval": _bounds(one.best_interval),
                one.effect_name: one.effect,
                "p_holm": one.test.p_holm if one.test else None,
                "words": "".join(difference(found, one)),
            }
            for one in found.differences
        ],
        "tests": tests(found),
        "agreement": ["".join(line) for line in agreement(found)],
    }
    if found.detection:
        value["detection"] = [
            {
                "condition": model.condition.id,
                "fool_rate": model.fool_rate,
                "hype_infinity": model.hype,
                "d_prime": model.d_prime,
                "bias": model.bias,
            }
            for model in found.detection.models
        ]
    if found.ranking:
        value["ranking"] = {
            "wins": found.ranking.wins.tolist(),
            "counts": found.ranking.counts.tolist(),
            "rank_upper_bound": [ranked.rank_bound for ranked in found.ranking.conditions],
            "left_elo": found.ranking.left_elo,
        }
    return value


def _bounds(interval: Any) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`study create | list | results | export | check`."""
    study = commands.add_parser("study", help="ask people").add_subparsers(required=True, metavar="ACTION")
    _add_create(add_command(study, "create", create, "freeze pictures and open a study; prints its id and its link"))
    add_command(study, "list", list_all, "list the studies")
    for name, function, words in (
        ("results", show_results, "what people said: the report, or everything as JSON"),
        ("export", export, "write raw and cleaned votes, codebook, manifest and report into a new folder"),
        ("check", check, "compare the journal with the catalog's table, and the pictures with the manifest"),
    ):
        command = add_command(study, name, function, words)
        command.add_argument("study")
        if name == "export":
            command.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")


def _add_create(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="raters see it above the pictures")
    command.add_argument("--kind", default="rate-1-to-5", choices=list(KINDS), help="default: rate-1-to-5")
    command.add_argument(
        "--from",
        dest="sources",
        action="extend",
        nargs="+",
        default=[],
        metavar="RUN[:EPOCH]",
        help="default: the newest",
    )
    command.add_argument("--preset", action="extend", nargs="+", default=[], metavar="PRESET:DATASET")
    command.add_argument("--folder", action="extend", nargs="+", default=[], type=Path, help="pictures of your own")
    command.add_argument(
        "--made", action="extend", nargs="+", default=[], choices=tuple(WAYS), help="the newest of the gallery, made so"
    )
    command.add_argument("--real", metavar="DATASET", help="its test split; 'test': that of the first run's dataset")
    command.add_argument("--noise", action="store_true", help="noise competes too: the lowest end of the scale")
    command.add_argument("--items", type=int, default=20, help="pictures of each (default 20)")
    command.add_argument("--seed", type=int, default=0, help="which latents and which real pictures (default 0)")
    command.add_argument("--per-rater", type=int, help="trials that one rater judges (default: all)")
    command.add_argument("--practice", type=int, default=0)
    command.add_argument("--attention", type=int, default=0, help="obvious fakes among the rest")
    command.add_argument("--repeats", type=int, default=0, help="shown twice, for agreement with oneself")
    command.add_argument("--ties", action="store_true", help="better-of-two: 'no difference' may be answered")
    command.add_argument("--adaptive", action="store_true", help="better-of-two: ask next what is least certain")
    command.add_argument("--timed", action="store_true", help="real-or-generated: each picture flashes (HYPE time)")
    command.add_argument("--ask-where", action="store_true", help="raters may point at what gave a picture away")
    command.add_argument("--question", help="in place of the usual one, in the first language")
    command.add_argument("--language", action="extend", nargs="+", default=[], metavar="CODE", help="en, de, ...")
    command.add_argument("--stop-after-raters", type=int, metavar="N")
    command.add_argument("--stop-after-judgements", type=int, metavar="N", help="of every condition")
    command.add_argument("--stop-on", metavar="DATE", help="such as 2027-01-31")
    command.add_argument("--invite", type=int, default=0, metavar="N", help="links for one person each")
    command.add_argument(
        "--page", help=f"address of the app's Studies page (default: where ATELIER_RATING_PAGE says, else {_PAGE})"
    )
