"""Statistics of a selection: colours, times, sizes."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.catalog.statistics import collected, palette_counts, sizes
from tests.core.catalog.ledgers import Jobs


@pytest.fixture
def seas(catalog: Catalog, jobs: Jobs) -> Catalog:
    """Two red pictures of May, a grey one of June with a single colour, one of November without a palette."""
    palettes = [["#ff0000", "#fe0101", "#202020"], ["#ff0000", "#0000ff"], ["#808080"], []]
    days = ["2026-05-01", "2026-05-31", "2026-06-01", "2026-11-21"]
    rows = [jobs.stored(f"{number}.jpg", number, width=1000, height=1000 * number) for number in range(1, 5)]
    for row, palette, day in zip(rows, palettes, days, strict=True):
        row["facts"]["palette"] = palette
        row["at"] = f"{day}T23:59:59+00:00"
    jobs.collect("seas", rows)
    jobs.ingest(catalog)
    return catalog


def counted(catalog: Catalog, selection: Selection) -> dict[tuple[int | None, int], int]:
    found = palette_counts(catalog, selection)
    return {(cell.hue, cell.level): pictures for cell, pictures in found.cells if pictures}


def test_a_colour_counts_once_for_every_picture_that_has_it(seas: Catalog) -> None:
    everything = counted(seas, Selection())
    reds = {place: pictures for place, pictures in everything.items() if pictures == 2}
    assert len(reds) == 1  # two shades of one drawer in the first picture, one in the second
    assert sum(everything.values()) == 5  # red twice, black, blue, grey
    assert palette_counts(seas, Selection()).pictures == 3
    assert sum(counted(seas, Selection(where="height = 3000")).values()) == 1


def test_periods_are_the_finest_that_make_few_and_can_be_asked_for(seas: Catalog) -> None:
    unit, periods = collected(seas, Selection())
    assert unit == "week"
    assert sum(period.pictures for period in periods) == 4
    assert len(periods) == 30  # those without a picture among them
    for period in periods:
        assert seas.count(Selection(where=period.filter)) == period.pictures
    unit, periods = collected(seas, Selection(where="added < 2026-06-02"))
    assert (unit, periods[0].pictures, periods[-2].pictures, periods[-1].pictures) == ("day", 1, 1, 1)
    assert collected(seas, Selection(where="width > 9000")) == ("day", [])


def test_years_and_months_begin_on_their_first_day(seas: Catalog, jobs: Jobs) -> None:
    row = jobs.stored("old.jpg", 9)
    row["at"] = "2024-02-29T10:00:00+00:00"
    jobs.collect("seas", [row])
    jobs.ingest(seas)
    unit, periods = collected(seas, Selection())
    assert unit == "month"
    assert f"{periods[0].begin:%Y-%m-%d} {periods[0].end:%Y-%m-%d}" == "2024-02-01 2024-03-01"
    assert sum(period.pictures for period in periods) == 5


def test_sizes_are_summed_up(seas: Catalog) -> None:
    found = sizes(seas, Selection())
    assert (found.pictures, found.median_megapixels, found.bytes) == (4, 2.5, 4010)
    assert sizes(seas, Selection(where="width > 9000")).pictures == 0


def test_counts_within_a_selection_are_narrowed_by_their_own_field_too(seas: Catalog) -> None:
    asked = Selection(where="decade is unknown and height > 1000")
    assert sum(seas.histogram("height", asked).counts) == 4
    assert sum(seas.histogram("height", asked, within=True).counts) == 3
    none = Selection(artists=("Nobody",))
    assert seas.facets(none, ("artist",)) == {"artist": [("", 4)]}
    assert seas.facets(none, ("artist",), within=True) == {"artist": []}
