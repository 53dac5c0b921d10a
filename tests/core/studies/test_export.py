"""What leaves a study, and what never does."""

import csv
import io
import json
import zipfile

import pytest
from pyarrow import parquet

from core.errors import ConfigError
from core.studies.design import StudyDesign
from core.studies.export import COLUMNS, clean_rows, export_archive, export_study, vote_rows, votes_csv
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.studies.results.study_results import results
from core.studies.voting import undo, withdraw

from .conftest import DrawnPictures
from .results.simulated import by_condition, preferring, rate


def answers(generated, real):
    return by_condition({"generated-1": generated, "real-1": real})


def test_the_raw_votes_hold_every_vote_with_its_condition_and_mark_retracted_ones(study, journal):
    rater = rate(study, journal, answers([2], [4]))
    undo(study, journal, rater)
    rows = list(csv.DictReader(io.StringIO(votes_csv(study, journal))))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["retracted"] for row in rows] == ["0"] * 11 + ["1"]
    assert all(row["answer"] == ("2" if row["condition_kind"] == "generated" else "4") for row in rows)


def test_the_cleaned_votes_are_those_that_count_without_fast_ones_and_flagged_raters(make_study):
    study = make_study(practice=1, attention=1, repeats=1)
    journal = VoteJournal(study.path)
    honest = rate(study, journal, answers([2, 3], [4, 5]))
    rate(study, journal, answers([2, 3], [4, 5]), response_ms=100)
    raw = vote_rows(study, journal)
    assert len(raw) == 30
    clean = clean_rows(raw)
    assert len(clean) == 12
    assert {row["rater"] for row in clean} == {honest}
    assert {row["role"] for row in clean} == {"main"}


def test_a_single_fast_vote_of_a_careful_rater_is_left_out_alone(study, journal):
    rate(study, journal, answers([2, 3], [4, 5]), response_ms=lambda given: 200 if given == 3 else 1500)
    clean = clean_rows(vote_rows(study, journal))
    assert len(clean) == 11
    assert not any(row["fast"] or row["rater_flagged"] for row in clean)
    assert results(study, journal, without_flagged=True).counts.left_out == 1


def test_a_withdrawn_raters_answers_and_the_links_never_leave(study, journal, tmp_path):
    rate(study, journal, answers([2], [4]))
    leaver = rate(study, journal, answers([5], [1]))
    withdraw(study, journal, leaver)
    files = export_study(study, journal, tmp_path / "out")
    together = b"".join(path.read_bytes() for path in files)
    assert leaver.encode() not in together
    assert access(study).token.encode() not in together
    assert parquet.read_table(tmp_path / "out" / "votes-raw.parquet").num_rows == 12


def test_csv_and_parquet_say_the_same_and_the_codebook_explains_every_column(study, journal, tmp_path):
    rate(study, journal, answers([2], [4]))
    export_study(study, journal, tmp_path / "out")
    table = parquet.read_table(tmp_path / "out" / "votes-raw.parquet")
    rows = list(csv.DictReader((tmp_path / "out" / "votes-raw.csv").open()))
    assert [{name: "" if v is None else str(v) for name, v in row.items()} for row in table.to_pylist()] == rows
    assert table.schema.field("answer").metadata[b"description"].startswith(b"as given")
    codebook = (tmp_path / "out" / "codebook.md").read_text()
    assert all(f"| `{name}` | {words} |" in codebook for name, words in COLUMNS.items())


def test_an_export_holds_the_pictures_provenance_the_manifest_and_the_report(study, journal, tmp_path):
    rate(study, journal, answers([2], [4]))
    names = {path.name for path in export_study(study, journal, tmp_path / "out")}
    assert {"votes-clean.csv", "items.csv", "manifest.json", "report.md", "report.html", "codebook.md"} <= names
    items = list(csv.DictReader((tmp_path / "out" / "items.csv").open()))
    assert len(items) == 12
    assert json.loads(items[0]["provenance"])["index"] in range(6)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["id"] == study.id


def test_a_folder_with_something_in_it_is_refused(study, journal, tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not an empty folder"):
        export_study(study, journal, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["kept.txt"]


def test_the_archive_holds_the_same_files(study, journal, tmp_path):
    rate(study, journal, answers([2], [4]))
    with zipfile.ZipFile(io.BytesIO(export_archive(study, journal))) as archive:
        names = archive.namelist()
    assert sorted(names) == sorted(f"{study.id}/{p.name}" for p in export_study(study, journal, tmp_path / "out"))


def test_preferences_name_the_condition_that_was_preferred(workspace):
    sources = [DrawnPictures("generated", 3, seed=1), DrawnPictures("real", 3, seed=2)]
    study = create_study(workspace, "Pairs", StudyDesign(kind="better-of-two", enlargement="pixels"), sources)
    journal = VoteJournal(study.path)
    rate(study, journal, preferring(["real-1", "generated-1"]))
    rows = vote_rows(study, journal)
    assert {row["preferred"] for row in rows} == {"real-1"}
    assert all({row["condition"], row["opponent_condition"]} == {"real-1", "generated-1"} for row in rows)


def test_detection_says_what_was_taken_for_real_and_what_was_right(make_study):
    study = make_study(kind="real-or-generated")
    journal = VoteJournal(study.path)
    rate(study, journal, answers([1], [1]))
    rows = vote_rows(study, journal)
    assert {row["taken_for_real"] for row in rows} == {1}
    assert {(row["condition_kind"], row["correct"]) for row in rows} == {("generated", 0), ("real", 1)}
