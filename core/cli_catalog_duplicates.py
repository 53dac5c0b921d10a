"""Commands about duplicates: finding them, accepting whom to keep, verdicts about pictures, and forgetting those."""

import argparse
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_catalog_map import add_descriptor
from core.cli_output import add_command, print_result, print_table, remark
from core.errors import ConfigError, NotFoundError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog
    from core.catalog.look_alikes.keeping import BulkPlan


def show_duplicates(options: argparse.Namespace) -> None:
    from core.catalog.look_alikes.keeping import suggestion
    from core.catalog.look_alikes.searching import (
        keep_search,
        names_of,
        open_groups,
        search_exact,
        search_similar,
        stood_for,
    )
    from core.features.choices import choice, open_store

    workspace = Workspace().create()
    store = open_store(workspace, choice(workspace, options.by).descriptor)
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        scope = replace(selection, excluded="all")
        found = search_similar(catalog, store, scope, way=options.way, widest=options.radius)
        radius = found.radius if options.radius is None else options.radius
        exact_found = search_exact(catalog, scope)
        kept = names_of(catalog, selection)
        search = found.pairs.grouped(catalog.verdicts(), kept - stood_for(catalog, kept))
        groups = search.groups(radius, order=options.order)
        exact = open_groups(catalog, exact_found, kept)
        if options.accept:
            lists = {"exact": exact, "similar": [group.pictures for group in groups]}
            _accept(catalog, options, lists[options.accept])
            return
        keep_search(catalog, scope, found, radius, [group.pictures for group in groups])
        similar_keepers = [suggestion(catalog, group.pictures) for group in groups]
        exact_keepers = [suggestion(catalog, pictures, equal_pixels=True) for pictures in exact]
        cuts = search.cuts()
    if options.json:
        value = {
            "way": found.way,
            "radius": radius,
            "searched": found.searched,
            "described": found.described,
            "plain": found.plain,
            "near": [
                {**asdict(group), "keeper": keeper.keeper, "reasons": keeper.reasons}
                for group, keeper in zip(groups, similar_keepers, strict=True)
            ],
            "exact": [
                {"pictures": pictures, "keeper": keeper.keeper, "reasons": keeper.reasons}
                for pictures, keeper in zip(exact, exact_keepers, strict=True)
            ],
            "undecided": exact_found.undecided,
            "cuts": [asdict(cut) for cut in cuts],
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    rows = [
        {
            "list": kind,
            "pictures": 1 + len(keeper.against),
            "keep": keeper.keeper[:12],
            "others": " ".join(sha256[:12] for sha256 in list(keeper.against)[:4]),
            "why": keeper.reasons[0],
        }
        for kind, keepers in (("exact", exact_keepers), ("near", similar_keepers))
        for keeper in keepers
    ]
    print_table(options, rows, ("list", "pictures", "keep", "others", "why"), empty="No two pictures look alike.")
    if options.way == "features":
        remark(f"{found.searched:,} pictures searched by colour and texture; {found.left_out:,} are not described")
    else:
        remark(
            f"{found.searched:,} pictures searched within {radius:g} bits, {found.described:,} described by colour and "
            f"texture; {found.plain:,} plain ones left out"
        )
    if exact_found.undecided:
        remark(
            f"{exact_found.undecided:,} may be exact duplicates and were not compared: python -m core catalog describe"
        )


def _accept(catalog: "Catalog", options: argparse.Namespace, groups: list[tuple[str, ...]]) -> None:
    from core.catalog.look_alikes.keeping import plan_bulk

    known = [info.name for info in catalog.collections()]
    for name in options.safe:
        if name not in known:
            raise NotFoundError("collection", name, known)
    equal = options.accept == "exact"
    plan = plan_bulk(catalog, groups, equal_pixels=equal, safe=options.safe, take_over=not options.no_take_over)
    value: dict[str, Any] = {
        "list": options.accept,
        "groups": len(plan.decisions),
        "excluded": plan.excluded,
        "bytes": plan.bytes,
        "protected": plan.protected,
        "untouched": plan.untouched,
        "act": None,
    }
    if options.dry_run or not plan.decisions:
        would = "would be" if plan.decisions else "are"
        print_result(options, value, f"{_told(plan)} {would} settled; nothing was changed.")
        return
    act = catalog.keep_one(plan.decisions, options.accept)
    value["act"] = act.number
    print_result(options, value, f"{_told(plan)} are settled; undo it with: python -m core catalog undo {act.number}.")


def _told(plan: "BulkPlan") -> str:
    words = f"{len(plan.decisions):,} groups with {plan.excluded:,} pictures left out ({plan.bytes / 1e6:,.1f} MB)"
    if plan.protected:
        words += f", {plan.protected:,} kept because their collection is safe"
    if plan.untouched:
        words += f", {plan.untouched:,} groups of safe pictures left alone,"
    return words


def give_verdict(options: argparse.Namespace) -> None:
    with open_catalog(Workspace().create()) as catalog:
        pictures = list(dict.fromkeys(whole_hash(catalog, given) for given in options.pictures))
        if len(pictures) < 2:
            raise ConfigError("A verdict is about two pictures or more.")
        if options.verdict == "different":
            act = catalog.keep_all([pictures])
        else:
            act = catalog.judge([(pictures[0], other, "same") for other in pictures[1:]])
    value = {"act": act.number, "verdict": options.verdict, "pictures": pictures}
    hint = f"undo it with: python -m core catalog undo {act.number}"
    print_result(options, value, f"{len(pictures)} pictures are called {options.verdict}; {hint}.")


def list_verdicts(options: argparse.Namespace) -> None:
    from core.catalog.look_alikes.keeping import settled_groups

    with open_catalog(Workspace().create()) as catalog:
        rows: list[dict[str, Any]] = [
            {
                "at": f"{group.at:%Y-%m-%d %H:%M:%S}",
                "verdict": "different" if group.different else "same",
                "pictures": list(group.pictures),
                "kept": list(group.kept),
            }
            for group in settled_groups(catalog)
        ]
    if not options.json:
        for row in rows:
            for column in ("pictures", "kept"):
                row[column] = " ".join(sha256[:12] for sha256 in row[column])
    print_table(options, rows, ("at", "verdict", "pictures", "kept"), empty="Nobody has judged any pictures yet.")


def forget_verdicts(options: argparse.Namespace) -> None:
    """Of the groups that these pictures stand in."""
    from core.catalog.look_alikes.keeping import settled_groups

    with open_catalog(Workspace().create()) as catalog:
        settled = [group.pictures for group in settled_groups(catalog)]
        named = {whole_hash(catalog, given) for given in options.pictures}
        asked = settled if options.all else [group for group in settled if named.intersection(group)]
        act = catalog.ask_again(asked)
    value = {"act": act.number or None, "groups": len(asked), "restored": act.pictures}
    hint = f"; undo it with: python -m core catalog undo {act.number}" if act.number else ""
    print_result(options, value, f"{len(asked):,} groups are asked about again, {act.pictures:,} pictures back{hint}.")


def whole_hash(catalog: "Catalog", given: str) -> str:
    """A picture's sha256, of which the beginning is enough. Raises: NotFoundError, ConfigError if several begin so."""
    rows = catalog.read("SELECT sha256 FROM images WHERE starts_with(sha256, ?) LIMIT 2", [given.lower()])
    if not rows:
        raise NotFoundError("picture", given, ["those that `catalog find` lists"])
    if len(rows) > 1:
        raise ConfigError(f"Several pictures begin with {given!r}. Give more of the hash.")
    return str(rows[0][0])


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    duplicates = add_command(group, "duplicates", show_duplicates, "list exact and near duplicates, and which to keep")
    add_choice(duplicates)
    duplicates.add_argument("--radius", type=float, help="bits of the hash that may differ, 0 to 16")
    duplicates.add_argument(
        "--way",
        default="confirmed",
        choices=("confirmed", "hash", "features"),
        help="hash confirmed by what pictures look like (default), hash alone, or what they look like alone",
    )
    add_descriptor(duplicates)
    duplicates.add_argument("--order", default="smallest", choices=("smallest", "largest", "nearest"))
    duplicates.add_argument(
        "--accept", choices=("exact", "similar"), help="keep the suggested one of each group of this list"
    )
    duplicates.add_argument("--dry-run", action="store_true", help="with --accept: say what would happen")
    duplicates.add_argument(
        "--safe", action="extend", nargs="+", default=[], metavar="NAME", help="collections that lose no picture"
    )
    duplicates.add_argument(
        "--no-take-over", action="store_true", help="the kept ones get no facts that only the others know"
    )

    verdict = add_command(group, "verdict", give_verdict, "say whether pictures are the same; nothing is excluded")
    verdict.add_argument("verdict", choices=("same", "different"))
    verdict.add_argument("pictures", nargs="+", metavar="SHA256", help="the beginning of each is enough")
    add_command(group, "verdicts", list_verdicts, "list the groups of pictures that were judged")
    forget = add_command(
        group, "forget-verdicts", forget_verdicts, "ask about pictures again, and take back what was left out for them"
    )
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("pictures", nargs="*", default=[], metavar="SHA256", help="of any picture of the group")
    which.add_argument("--all", action="store_true", help="every verdict")
