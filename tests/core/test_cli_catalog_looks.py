"""What pictures look like, from the command line: described once, then compared and measured."""

import json

import pytest
from PIL import Image

from core.cli import main
from core.workspace import Workspace
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded, noise

Out = pytest.CaptureFixture[str]


@pytest.fixture
def seas(workspace: Workspace) -> dict[str, str]:
    scene = noise(12, 9, 1).resize((160, 120))
    return collect_pictures(
        Jobs(workspace),
        "seas",
        {
            "a.png": encoded(scene),
            "a again.png": encoded(scene, compress_level=1),
            "a small.jpg": encoded(scene.resize((120, 90)), "JPEG", quality=92),
            "b.png": encoded(noise(12, 9, 2).resize((160, 120))),
            "blue.png": encoded(Image.new("RGB", (160, 120), (60, 160, 240))),
        },
    )


def answer(capsys: Out, *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["catalog", *arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_describing_again_has_nothing_left_to_do(seas: dict[str, str], capsys: Out) -> None:
    first = answer(capsys, "describe", "--collection", "seas")
    assert (first["pictures"], first["described"]) == (5, 5)
    assert answer(capsys, "describe")["described"] == 0
    assert answer(capsys, "find", "--where", "near_solid > 0.9")["found"] == 1


def test_duplicates_come_in_two_lists_with_whom_to_keep(seas: dict[str, str], capsys: Out) -> None:
    assert answer(capsys, "duplicates")["undecided"] == 2
    main(["catalog", "describe"])
    found = answer(capsys, "duplicates", "--collection", "seas")
    assert [set(group["pictures"]) for group in found["exact"]] == [{seas["a.png"], seas["a again.png"]}]
    (near,) = found["near"]
    stands_for_both = min(seas["a.png"], seas["a again.png"])  # equal pixels: a matter of the other list
    assert set(near["pictures"]) == {stands_for_both, seas["a small.jpg"]}
    assert near["keeper"] != seas["a small.jpg"]
    assert (found["radius"], found["plain"], found["undecided"]) == (10, 1, 0)
    assert main(["catalog", "duplicates"]) == 0
    assert "more pixels" in capsys.readouterr().out
    assert main(["catalog", "duplicates", "--radius", "40"]) == 1
    assert answer(capsys, "find", "--where", "duplicate = exact")["found"] == 2
    assert answer(capsys, "find", "--where", "duplicate = similar")["found"] == 2


def test_suggestions_are_accepted_after_a_look_and_taken_back(seas: dict[str, str], capsys: Out) -> None:
    main(["catalog", "describe"])
    planned = answer(capsys, "duplicates", "--accept", "similar", "--dry-run")
    assert (planned["groups"], planned["excluded"], planned["act"]) == (1, 1, None)
    assert answer(capsys, "duplicates", "--accept", "similar", "--safe", "seas")["untouched"] == 1
    accepted = answer(capsys, "duplicates", "--accept", "similar")
    assert accepted["excluded"] == 1
    assert answer(capsys, "find")["found"] == 4
    (settled,) = answer(capsys, "verdicts")
    assert (settled["verdict"], len(settled["pictures"]), len(settled["kept"])) == ("same", 2, 1)
    assert answer(capsys, "duplicates")["near"] == []
    assert answer(capsys, "forget-verdicts", settled["pictures"][0][:12])["restored"] == 1
    assert answer(capsys, "find")["found"] == 5
    assert main(["catalog", "duplicates", "--accept", "exact", "--safe", "lakes"]) == 1


def test_pictures_called_different_are_not_listed_again(seas: dict[str, str], capsys: Out) -> None:
    main(["catalog", "describe"])
    alike = [seas["a.png"], seas["a again.png"], seas["a small.jpg"]]
    given = answer(capsys, "verdict", "different", *(sha256[:10] for sha256 in alike))
    found = answer(capsys, "duplicates")
    assert (found["near"], found["exact"]) == ([], [])
    assert main(["catalog", "undo", str(given["act"])]) == 0
    answer(capsys, "verdict", "same", *alike)
    assert answer(capsys, "duplicates")["exact"] == []
    assert answer(capsys, "forget-verdicts", "--all")["groups"] == 1
    assert len(answer(capsys, "duplicates")["exact"]) == 1
    assert main(["catalog", "verdict", "same", alike[0]]) == 1


def test_quality_remembers_what_is_normal_here(seas: dict[str, str], capsys: Out) -> None:
    main(["catalog", "describe"])
    found = answer(capsys, "quality", "--collection", "seas")
    assert found["reasons"][seas["blue.png"]] == ["low_information", "near_solid"]
    found = answer(capsys, "quality", "--collection", "seas", "--normal", "low_information", "near_solid")
    assert seas["blue.png"] not in found["reasons"]
    found = answer(capsys, "quality", "--collection", "seas", "--not-normal", "near_solid")
    assert found["reasons"][seas["blue.png"]] == ["near_solid"]
    assert answer(capsys, "find", "--where", "flag = near_solid")["found"] == 1
    assert main(["catalog", "quality", "--collection", "lakes"]) == 1
    assert main(["catalog", "quality", "--collection", "seas", "--normal", "ugly"]) == 1


def test_similar_pictures_are_found_by_the_beginning_of_a_hash(seas: dict[str, str], capsys: Out) -> None:
    assert main(["catalog", "similar", seas["a.png"][:12]]) == 1
    assert "not been described" in capsys.readouterr().err
    main(["catalog", "describe"])
    found = answer(capsys, "similar", seas["a.png"][:12], "--count", "2")
    assert [one["sha256"] for one in found] == [seas["a again.png"], seas["a small.jpg"]]
    assert main(["catalog", "similar", "0000"]) == 1


def test_pictures_are_found_by_colour(seas: dict[str, str], capsys: Out) -> None:
    found = answer(capsys, "colour", "#3ca0f0", "--count", "1")
    assert [one["sha256"] for one in found] == [seas["blue.png"]]
    assert main(["catalog", "colour", "blueish"]) == 1
    assert "no colour" in capsys.readouterr().err


def test_different_pictures_are_chosen_and_tagged_and_the_tag_is_taken_back(seas: dict[str, str], capsys: Out) -> None:
    main(["catalog", "describe"])
    found = answer(capsys, "diverse", "--count", "3", "--tag", "set")
    assert {picture["sha256"] for picture in found["pictures"]} >= {seas["b.png"], seas["blue.png"]}
    assert (found["tagged"], found["descriptor"]) == (3, "colour-texture-1")
    assert answer(capsys, "find", "--where", "my_tag = set")["found"] == 3
    assert main(["catalog", "undo", str(found["act"])]) == 0
    assert answer(capsys, "find", "--where", "my_tag = set")["found"] == 0
    assert main(["catalog", "diverse", "--count", "1", "--way", "outliers"]) == 0
    assert "no trained network" in capsys.readouterr().err


def test_a_map_is_arranged_and_found_again(seas: dict[str, str], capsys: Out) -> None:
    assert main(["catalog", "map"]) == 1
    assert "describe" in capsys.readouterr().err
    main(["catalog", "describe"])
    first = answer(capsys, "map", "--method", "components")
    assert (first["pictures"], first["message"]) == (5, "5 pictures arranged.")
    again = answer(capsys, "map", "--method", "components")
    assert again["key"] == first["key"]
    assert "was there already" in again["message"]


def test_a_network_that_is_not_here_says_which_descriptors_are(seas: dict[str, str], capsys: Out) -> None:
    for command in (["similar", "ab"], ["describe"], ["diverse", "--count", "2"], ["map"]):
        assert main(["catalog", *command, "--by", "vgg19"]) == 1
        assert "colour-texture" in capsys.readouterr().err
