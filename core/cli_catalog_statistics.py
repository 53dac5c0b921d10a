"""The command that tells what a selection of the catalog is made of: the numbers of the Statistics page."""

import argparse
import json
from typing import Any

from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_output import add_command, print_table, remark
from core.errors import ConfigError
from core.workspace import Workspace

_FIELDS = ("artist", "style", "genre", "decade", "collection", "source", "licence", "format", "my_tag")
_HISTOGRAMS = ("year", "pixels", "shorter", "longer", "bytes", "aspect")


def show_statistics(options: argparse.Namespace) -> None:
    from core.catalog.statistics import collected, palette_counts, sizes

    if options.top < 1:
        raise ConfigError(f"--top must be at least 1; got {options.top}.")
    with open_catalog(Workspace().create()) as catalog:
        selection = selection_of(catalog, options)
        found = catalog.count(selection)
        facets = catalog.facets(selection, _FIELDS, within=True)
        histograms = {field: catalog.histogram(field, selection, bins=20, within=True) for field in _HISTOGRAMS}
        palette, own = palette_counts(catalog, selection), sizes(catalog, selection)
        unit, periods = collected(catalog, selection)
    colours = sorted(palette.cells, key=lambda cell: -cell[1])[: options.top]
    if options.json:
        value: dict[str, Any] = {
            "pictures": found,
            "bytes": own.bytes,
            "median_megapixels": own.median_megapixels,
            **{field: [list(pair) for pair in facet[: options.top]] for field, facet in facets.items()},
            "histograms": {
                field: {"edges": own.edges, "counts": own.counts, "unknown": own.unknown}
                for field, own in histograms.items()
            },
            "colours": [{"colour": cell.colour, "pictures": pictures} for cell, pictures in colours if pictures],
            "collected": {
                "by": unit,
                "periods": [{"begin": period.begin.isoformat(), "pictures": period.pictures} for period in periods],
            },
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    rows = [
        {"of": field, "value": value or "(unknown)", "pictures": pictures, "share": f"{pictures / max(1, found):.1%}"}
        for field, facet in facets.items()
        if any(value for value, _ in facet)
        for value, pictures in facet[: options.top]
    ]
    rows += [
        {"of": "colour", "value": cell.colour, "pictures": count, "share": f"{count / max(1, palette.pictures):.1%}"}
        for cell, count in colours
        if count
    ]
    print_table(options, rows, ("of", "value", "pictures", "share"), empty="No picture fits.")
    remark(f"{found:,} pictures, {own.bytes / 1e6:,.1f} MB, {own.median_megapixels:.2g} megapixels in the middle")


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    statistics = add_command(group, "statistics", show_statistics, "tell what a selection is made of")
    add_choice(statistics)
    statistics.add_argument("--top", type=int, default=5, help="values of each field; default: 5")
