"""Describing pictures: a job that opens no catalog, and what the catalog takes in of it."""

import json
from pathlib import Path

import pytest
from PIL import Image

from core.catalog.catalog import Catalog
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.errors import ConfigError
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.job import LEDGER, DescribeRow, create_describe, run, store_folder
from core.features.store import FeatureStore
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.jobs.identity import own_identity
from core.jobs.progress import StatusWriter
from core.jobs.running import RunningJob
from core.quality.measures import MEASURES
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs, sha
from tests.core.pictures import encoded, noise

EVERYTHING = Selection(excluded="all")


@pytest.fixture
def collected(catalog: Catalog, jobs: Jobs) -> dict[str, str]:
    """A picture, the same pixels in another file, a plain one and another."""
    busy = noise(12, 9, 1).resize((160, 120))
    hashes = collect_pictures(
        jobs,
        "seas",
        {
            "busy.png": encoded(busy),
            "again.png": encoded(busy, compress_level=1),
            "plain.png": encoded(Image.new("RGB", (150, 120), (200, 30, 40))),
            "other.png": encoded(noise(12, 9, 2).resize((140, 120))),
        },
    )
    jobs.ingest(catalog)
    return hashes


def describe(catalog: Catalog, jobs: Jobs) -> JobFolder:
    job = create_describe(jobs.workspace, rows_to_describe(catalog, EVERYTHING))
    assert control.run_here(jobs.workspace, job).state is State.DONE
    return job


def numbers(catalog: Catalog) -> list[tuple[object, ...]]:
    names = ", ".join(MEASURES)
    return catalog.read(f"SELECT sha256, image_number, {names}, pixels FROM picture_measures ORDER BY sha256")


def test_only_what_may_have_an_equal_is_decoded_and_all_is_measured(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    rows = {row.sha256: row for row in rows_to_describe(catalog, EVERYTHING)}
    assert {name for name, sha256 in collected.items() if rows[sha256].pixels} == {"busy.png", "again.png"}
    describe(catalog, jobs)
    assert jobs.ingest(catalog).measured == 6
    found = {row[0]: row for row in numbers(catalog)}
    busy, again, plain = (found[collected[name]] for name in ("busy.png", "again.png", "plain.png"))
    assert busy[-1] == again[-1] is not None
    assert plain[-1] is None
    assert (plain[2], busy[2] < 0.5) == (1.0, True)
    store = FeatureStore(store_folder(jobs.workspace), COLOUR_AND_TEXTURE)
    assert store.missing(list(collected.values())) == []
    assert rows_to_describe(catalog, EVERYTHING, list(collected.values())) == []


def test_reading_a_ledger_again_doubles_nothing(catalog: Catalog, jobs: Jobs, collected: dict[str, str]) -> None:
    describe(catalog, jobs)
    jobs.ingest(catalog)
    before = numbers(catalog)
    with catalog.transaction() as cursor:
        cursor.execute("DELETE FROM ledgers")
    assert jobs.ingest(catalog).measured == 6
    assert numbers(catalog) == before


def test_a_job_goes_on_where_it_was_and_tells_what_it_could_not_read(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    jobs.workspace.thumb(collected["other.png"]).write_bytes(b"RIFF")
    job = describe(catalog, jobs)
    end = job.end()
    assert end is not None
    assert "1 could not be read" in end.message
    assert collected["other.png"] in job.log_path.read_text()
    second = create_describe(jobs.workspace, rows_to_describe(catalog, EVERYTHING))
    (job.path / LEDGER).replace(second.path / LEDGER)  # as if that one had been killed before its end
    job = second
    control.run_here(jobs.workspace, job)
    lines = [json.loads(line) for line in (job.path / LEDGER).read_text().splitlines()]
    assert sorted((line["state"], line["sha256"]) for line in lines if line["state"] == "measured") == sorted(
        ("measured", sha256) for name, sha256 in collected.items() if name != "other.png"
    )


def test_a_damaged_line_costs_only_itself(catalog: Catalog, jobs: Jobs, collected: dict[str, str]) -> None:
    sha256 = collected["busy.png"]
    good = {"sha256": sha256, "state": "measured", "measures": dict.fromkeys(MEASURES, 0.5)}
    lines = [good | {"sha256": sha("gone")}, good | {"sha256": "../x"}, good | {"measures": {}}, {"state": "measured"}]
    ledger = jobs.collect("", [*lines, good], kind="describe")
    report = jobs.ingest(catalog)
    assert (report.measured, report.damaged, report.collections) == (2, 3, set())
    found = {row[0]: row[1:3] for row in numbers(catalog)}
    assert found[sha("gone")] == (0, 0.5)  # it waits for the picture
    assert found[sha256][0] > 0
    assert Path(ledger.path).exists()


def test_measures_wait_while_their_picture_is_not_here(catalog: Catalog, jobs: Jobs) -> None:
    good = {"sha256": sha(1), "state": "measured", "measures": dict.fromkeys(MEASURES, 0.5)}
    jobs.collect("", [good], kind="describe")
    jobs.ingest(catalog)
    jobs.collect("seas", [jobs.stored("a.jpg", picture=1)])
    jobs.ingest(catalog)
    assert numbers(catalog)[0][1] == 1
    jobs.collect("seas", [jobs.stored("a.jpg", picture=2)])  # another picture under the same name
    jobs.ingest(catalog)
    assert numbers(catalog)[0][1] == 0


def test_describing_nothing_is_refused(jobs: Jobs) -> None:
    with pytest.raises(ConfigError, match="no picture to describe"):
        create_describe(jobs.workspace, [])


def test_a_stopped_job_leaves_the_rest_for_the_next_time(jobs: Jobs, collected: dict[str, str]) -> None:
    rows = [DescribeRow(sha256, "png", quality=True, pixels=True) for sha256 in collected.values()]
    folder = create_describe(jobs.workspace, rows)
    writer = StatusWriter(folder.path / "status.json", own_identity(), None)
    running = RunningJob(folder.path, folder.settings, jobs.workspace, "io:0", (), writer, signalled=True)
    assert run(running).startswith("Stopped")
    assert not running.finished
    assert not (folder.path / LEDGER).exists()
