"""Commands about quality: what is flagged, by which thresholds, what is fine, and what exclusions suggest."""

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_output import add_command, print_result, print_table, remark
from core.errors import ConfigError
from core.quality.issues import find_issue
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog
    from core.catalog.quality import CollectionQuality


def show_quality(options: argparse.Namespace) -> None:
    """Set what was asked for, all in one act, then tell."""
    from core.catalog.quality import quality_of

    with open_catalog(Workspace().create()) as catalog:
        quality_of(catalog, options.collection)  # an unknown collection is refused before anything is set
        _set(catalog, options)
        found = quality_of(catalog, options.collection)
        changes = catalog.quality_changes(options.collection)
        reasons = found.reasons() if options.json else {}
    rows = _issue_rows(found)
    if options.json:
        value = {
            "collection": found.collection,
            "pictures": found.pictures,
            "flagged": found.flagged,
            "issues": rows,
            "reasons": reasons,
            "changes": [vars(change) | {"at": change.at.isoformat()} for change in changes],
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    for row in rows:
        row["threshold"] = f"{row['threshold']:g}{' (own)' if row['own'] else ''}"
        row["normal"] = "yes" if row["normal"] else ""
    columns = ("issue", "flags", "threshold", "pictures", "excluded", "fine", "measured", "normal")
    print_table(options, rows, columns, empty="")
    remark(f"{found.flagged:,} of {found.pictures:,} pictures are flagged: catalog find --where 'flag is known'")
    worth = found.worth()
    if worth.excluded:
        remark(
            f"Of {worth.flagged:,} flagged ones {worth.hits:,} were excluded ({worth.precision:.0%}); of "
            f"{worth.excluded:,} excluded ones {worth.recall:.0%} are flagged"
        )
    if changes:
        last = changes[0]
        remark(f"Set last: {last.issue} by {last.who}, {last.at:%Y-%m-%d %H:%M} UTC")
    if found.undescribed:
        remark(f"{found.undescribed:,} pictures are not described: python -m core catalog describe")


def _set(catalog: "Catalog", options: argparse.Namespace) -> None:
    from core.catalog.quality import calibrated

    settings = catalog.quality_settings(options.collection)
    if options.calibrate is not None:
        settings = calibrated(catalog, options.collection, share=options.calibrate)
    thresholds = dict(settings.thresholds)
    for text in options.set:
        name, value = _threshold(text)
        thresholds[find_issue(name).name] = value
    for name in options.usual:
        thresholds.pop(find_issue(name).name, None)
    normal = dict.fromkeys((*settings.normal, *(find_issue(name).name for name in options.normal)))
    for name in options.not_normal:
        normal.pop(find_issue(name).name, None)
    catalog.set_quality(options.collection, replace(settings, thresholds=thresholds, normal=tuple(normal)))


def _threshold(text: str) -> tuple[str, float]:
    """Raises: ConfigError."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise ConfigError(f"A threshold is set as ISSUE=NUMBER, such as dark=0.25; got {text!r}.") from error


def _issue_rows(found: "CollectionQuality") -> list[dict[str, Any]]:
    return [
        {
            "issue": count.issue.name,
            "flags": "below" if count.issue.direction == "below" else "above",
            "threshold": count.threshold,
            "own": count.is_own,
            "pictures": count.pictures,
            "excluded": count.excluded,
            "fine": count.fine,
            "measured": count.measured,
            "normal": count.is_normal,
            "filter": count.filter,
        }
        for count in found.issues
    ]


def call_fine(options: argparse.Namespace) -> None:
    """Call the flagged pictures of a choice fine, or take that back."""
    from core.catalog.dismissing import SUGGESTED

    if not (options.where or options.collection or options.selection):
        raise ConfigError("Which pictures? Say it with --where, --collection or --selection.")
    with open_catalog(Workspace().create()) as catalog:
        if options.take_back:
            act = catalog.undismiss(selection_of(catalog, options, excluded="all"), options.issue)
        else:
            selection = selection_of(catalog, options)
            if options.issue != SUGGESTED:
                flagged = f"flag = {find_issue(options.issue).name}"
                where = f"({selection.where}) and {flagged}" if selection.where else flagged
                selection = replace(selection, where=where)
            act = catalog.dismiss(selection, options.issue)
    done = "can be flagged again" if options.take_back else "called fine"
    undo = f". To undo: python -m core catalog undo {act.number}" if act.number else ""
    print_result(options, {"act": act.number, "pictures": act.pictures}, f"{act.pictures:,} pictures {done}{undo}")


def show_suggestions(options: argparse.Namespace) -> None:
    from core.catalog.similar import feature_store
    from core.catalog.suggesting import suggest, unusual_first
    from core.quality.learned import TooFewExclusionsError

    if options.count < 1:
        raise ConfigError(f"--count must be at least 1; got {options.count}.")
    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        too_few = ""
        try:
            found = suggest(catalog, feature_store(workspace), options.collection, reasons=options.reason)
        except TooFewExclusionsError as error:
            found, too_few = unusual_first(catalog, options.collection), str(error)
        rows: list[dict[str, Any]] = []
        for one in found.page(limit=options.count):
            artwork = catalog.picture(one.sha256).artworks[0]
            rows.append(
                {
                    "sha256": one.sha256,
                    "score": round(one.score, 3),
                    "why": list(one.why),
                    "artist": artwork.artist,
                    "title": artwork.title,
                }
            )
    check = found.check
    if options.json:
        value = {
            "collection": found.collection,
            "learned_from": found.excluded,
            "undescribed": found.undescribed,
            "check": check
            and {
                "pictures": check.pictures,
                "excluded": check.excluded,
                "hits": {str(rank): hits for rank, hits in check.hits.items()},
                "average_precision": check.average_precision,
                "chance": check.chance,
            },
            "pictures": rows,
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    for row in rows:
        row["sha256"], row["why"] = row["sha256"][:12], ", ".join(row["why"])
    print_table(options, rows, ("sha256", "score", "why", "artist", "title"), empty="No picture is left to suggest.")
    if check is None:
        remark(f"Nothing is learned: by all measures together, the most unusual first. {too_few}")
    else:
        remark(f"Learned from {found.excluded:,} exclusions. {_worth_words(check.hits, check.excluded, check.chance)}")
    if found.undescribed:
        remark(f"{found.undescribed:,} pictures are not described: python -m core catalog describe")


def _worth_words(hits: dict[int, float], excluded: int, chance: float) -> str:
    told = ", ".join(f"{found:.1f} of the first {rank} (chance: {rank * chance:.1f})" for rank, found in hits.items())
    return f"Of the {excluded:,} excluded ones, judged unseen, come {told}"


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    quality = add_command(group, "quality", show_quality, "count what each issue of quality flags in a collection")
    quality.add_argument("--collection", required=True, metavar="NAME")
    quality.add_argument("--set", nargs="+", default=[], metavar="ISSUE=NUMBER", help="remember other thresholds here")
    quality.add_argument("--usual", nargs="+", default=[], metavar="ISSUE", help="back to the usual threshold")
    quality.add_argument("--normal", nargs="+", default=[], metavar="ISSUE", help="remember: this is normal here")
    quality.add_argument("--not-normal", nargs="+", default=[], metavar="ISSUE", help="take that back")
    quality.add_argument(
        "--calibrate",
        type=float,
        metavar="SHARE",
        help="set thresholds that flag at most this share each, such as 0.03",
    )

    fine = add_command(group, "fine", call_fine, "call flagged pictures fine: the issue flags them no more")
    fine.add_argument("issue", metavar="ISSUE", help="such as dark, or suggested")
    fine.add_argument("--take-back", action="store_true", help="have the issue flag them again")
    add_choice(fine)

    suggest = add_command(group, "suggest", show_suggestions, "list what looks like the pictures that were excluded")
    suggest.add_argument("--collection", required=True, metavar="NAME")
    suggest.add_argument("--count", type=int, default=20)
    suggest.add_argument(
        "--reason", nargs="+", metavar="TEXT", help="learn from exclusions for these (default: all about looks)"
    )
