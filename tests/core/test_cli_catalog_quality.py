"""Quality from the command line: thresholds, what is normal or fine, and what exclusions suggest."""

import json

import numpy as np
import pytest

from core.cli import main
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.job import store_folder
from core.features.store import FeatureWriter
from core.quality.measures import MEASURES
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

Out = pytest.CaptureFixture[str]
ALL, SOLID = range(1, 41), range(1, 13)


@pytest.fixture(autouse=True)
def seas(workspace: Workspace) -> None:
    """40 pictures, 12 of them nearly of one colour, all described."""
    jobs = Jobs(workspace)
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in ALL])
    measured = [{"near_solid": 0.99 if number in SOLID else 0.1, **dict.fromkeys(MEASURES[1:], 0.0)} for number in ALL]
    lines = zip(ALL, measured, strict=True)
    jobs.collect(
        "", [{"sha256": sha(number), "state": "measured", "measures": own} for number, own in lines], kind="describe"
    )
    vectors = np.random.default_rng(0).normal(size=(len(ALL), COLOUR_AND_TEXTURE.length)) * 0.1
    vectors[: len(SOLID), :20] += 1.0
    with FeatureWriter(store_folder(workspace), COLOUR_AND_TEXTURE) as writer:
        writer.append([sha(number) for number in ALL], vectors)


def answer(capsys: Out, *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["catalog", *arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def issue(found: dict[str, object], name: str) -> dict[str, object]:
    return next(row for row in found["issues"] if row["issue"] == name)


def test_thresholds_are_set_and_put_back_and_each_change_is_told(capsys: Out) -> None:
    quality = ("quality", "--collection", "seas")
    found = answer(capsys, *quality, "--set", "dark=0.25", "near_solid=0.9", "--normal", "low_information")
    assert (issue(found, "dark")["threshold"], issue(found, "near_solid")["pictures"]) == (0.25, 12)
    assert [change["issue"] for change in found["changes"]] == ["dark", "low_information", "near_solid"]
    found = answer(capsys, *quality, "--usual", "dark")
    assert (issue(found, "dark")["own"], issue(found, "near_solid")["own"]) == (False, True)
    assert len(found["changes"]) == 4
    for wrong in (("--set", "dark=much"), ("--usual", "ugly")):
        assert main(["catalog", *quality, *wrong]) == 1


def test_flagged_pictures_are_called_fine_and_flagged_again(capsys: Out) -> None:
    one = f"sha256 = {sha(1)}"
    assert answer(capsys, "fine", "near_solid", "--where", one)["pictures"] == 1
    found = answer(capsys, "quality", "--collection", "seas")
    assert (issue(found, "near_solid")["fine"], issue(found, "near_solid")["pictures"]) == (1, 11)
    assert answer(capsys, "fine", "near_solid", "--take-back", "--where", one)["pictures"] == 1
    assert main(["catalog", "fine", "near_solid"]) == 1
    assert "Which pictures?" in capsys.readouterr().err


def test_what_looks_like_the_excluded_is_suggested_with_what_that_is_worth(capsys: Out) -> None:
    found = answer(capsys, "suggest", "--collection", "seas", "--count", "12")
    assert (found["learned_from"], found["check"]) == (0, None)
    assert {row["sha256"] for row in found["pictures"]} == {sha(number) for number in SOLID}  # by measures alone
    assert main(["catalog", "suggest", "--collection", "seas"]) == 0
    assert "there are 0 and 40" in capsys.readouterr().err
    hashes = ", ".join(sha(number) for number in range(1, 9))
    assert main(["catalog", "exclude", "--where", f"sha256 in ({hashes})", "--reason", "empty"]) == 0
    found = answer(capsys, "suggest", "--collection", "seas", "--count", "4")
    assert (found["learned_from"], found["check"]["pictures"]) == (8, 40)
    assert {row["sha256"] for row in found["pictures"]} == {sha(number) for number in range(9, 13)}
    assert main(["catalog", "suggest", "--collection", "seas"]) == 0
    assert "Learned from 8 exclusions. Of the 8 excluded ones, judged unseen" in capsys.readouterr().err


def test_what_a_selection_is_made_of_is_told_within_it(capsys: Out) -> None:
    found = answer(capsys, "statistics", "--where", "format = JPEG and pixels > 1", "--top", "1")
    assert (found["pictures"], found["format"], found["collection"]) == (40, [["JPEG", 40]], [["seas", 40]])
    assert found["colours"][0]["pictures"] == 40
    assert sum(found["histograms"]["pixels"]["counts"]) == 40
    assert (found["collected"]["by"], found["collected"]["periods"][0]["pictures"]) == ("day", 40)
    capsys.readouterr()
    assert main(["catalog", "statistics"]) == 0
    assert "100.0%" in capsys.readouterr().out
    assert main(["catalog", "statistics", "--top", "0"]) == 1
