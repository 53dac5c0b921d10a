"""Placeholders are known by their address before, and by their content after they were asked for."""

import hashlib

import pytest
from PIL import Image

from core import images
from core.errors import ConfigError
from core.files import write_json
from core.sources.artwork import ItemError
from core.sources.web.placeholders import PlaceholderRule, Placeholders, read_placeholders
from tests.core.pictures import corners, encoded, noise


@pytest.mark.parametrize(
    "url",
    [
        "https://uploads.wikiart.org/Content/images/FRAME-600x480.jpg",
        "https://uploads3.wikiart.org/Content/images/FRAME-600x480.jpg!Large.jpg",
        "https://uploads.wikiart.org/Content/images/ARTIST-480x600.jpg!Portrait.jpg",
        "https://uploads.wikiart.org/Content/wiki/img/favicon-256x256.png?v=2",
        "http://127.0.0.1:9000/content/images/frame-600x480.JPG",
        "https://uploads.wikiart.org/Content/images/FRAME%2D600x480.jpg",
    ],
)
def test_the_placeholders_of_wikiart_are_not_asked_for_on_any_host_and_in_any_rendition(url):
    with pytest.raises(ItemError) as caught:
        Placeholders().refuse_url(url)
    error = caught.value
    assert (error.reason, error.final, error.attempts) == ("placeholder", True, 0)
    assert "WikiArt" in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "https://uploads3.wikiart.org/images/frank-stella/frame-600x480-study.jpg!Large.jpg",
        "https://uploads3.wikiart.org/FRAME-600x480.jpg/the-wave.jpg",
        "https://uploads3.wikiart.org/",
    ],
)
def test_other_pictures_are_asked_for(url):
    assert Placeholders().by_url(url) is None


def test_a_rule_may_be_for_some_hosts_and_for_a_family_of_names():
    found = Placeholders([PlaceholderRule("No image", file="no_image*.png", host="*.museum.example")])
    assert found.by_url("https://cdn.museum.example/a/NO_IMAGE_large.png") is not None
    assert found.by_url("https://cdn.other.example/a/no_image_large.png") is None


def test_a_placeholder_is_known_by_its_bytes():
    frame, work = encoded(corners()), encoded(noise())
    found = Placeholders([PlaceholderRule("Grey frame", sha256=hashlib.sha256(frame).hexdigest())])
    with pytest.raises(ItemError) as caught:
        found.refuse_content(frame, "https://museum.example/a.jpg", attempts=2)
    assert (caught.value.reason, caught.value.final, caught.value.attempts) == ("placeholder", True, 2)
    found.refuse_content(work, "https://museum.example/b.jpg")


def test_a_placeholder_is_known_at_another_size_and_quality_by_its_perceptual_hash():
    frame = noise(8, 6).resize((400, 300), Image.Resampling.BICUBIC)
    found = Placeholders([PlaceholderRule("Grey frame", phash=images.inspect(encoded(frame)).facts.phash)])
    smaller = encoded(frame.resize((320, 240), Image.Resampling.LANCZOS), "JPEG", quality=70)
    assert found.by_content(smaller) is not None
    assert found.by_content(encoded(noise(400, 300, seed=1))) is None
    facts = images.inspect(smaller).facts
    assert found.by_hashes(facts.sha256, facts.phash) is found.rules[0]


def test_nothing_is_decoded_while_no_rule_needs_it():
    Placeholders().refuse_content(b"\xff\xd8 no picture at all", "https://museum.example/a.jpg")


@pytest.mark.parametrize("body", [b"", b"\n", b"  \r\n"])
def test_an_empty_body_with_status_200_is_not_trusted_and_may_heal(body):
    with pytest.raises(ItemError) as caught:
        Placeholders().refuse_content(body, "https://museum.example/a.jpg", status=200)
    assert (caught.value.reason, caught.value.final, caught.value.status) == ("empty", False, 200)


def test_a_lab_adds_its_own_rules_in_data(workspace):
    write_json(workspace.data / "placeholders.json", [{"words": "The museum's logo", "file": "logo.png"}])
    found = read_placeholders(workspace)
    assert found.by_url("https://museum.example/img/logo.png") is not None
    assert found.by_url("https://uploads.wikiart.org/FRAME-600x480.jpg") is not None


def test_a_lab_without_rules_of_its_own_has_the_known_ones(workspace):
    assert read_placeholders(workspace).rules == Placeholders().rules


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"words": "x"}, "list of objects"),
        ([{"words": "x", "colour": "grey"}], "list of objects"),
        ([{"words": "x"}], "no mark"),
        ([{"file": "logo.png"}], "no words"),
        ([{"words": "x", "sha256": "ABC"}], "64"),
        ([{"words": "x", "phash": "abc"}], "16"),
        ([{"words": "x", "phash": "0" * 16, "phash_distance": 40}], "0 to 16"),
        ([{"words": "x", "file": 5}], "file"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_what_is_needed(workspace, rules, words):
    write_json(workspace.data / "placeholders.json", rules)
    with pytest.raises(ConfigError, match=words) as caught:
        read_placeholders(workspace)
    assert "placeholders.json" in str(caught.value)


def test_damaged_rules_are_refused_and_kept(workspace):
    path = workspace.data / "placeholders.json"
    path.write_text("[{")
    with pytest.raises(ConfigError, match="no valid JSON"):
        read_placeholders(workspace)
    assert path.read_text() == "[{"
