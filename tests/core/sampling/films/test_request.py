"""What a film is asked for: kept as JSON, and refused where it makes no sense."""

from typing import Any

import pytest

from core.errors import ConfigError
from core.sampling.films.request import FilmRequest


def test_a_request_comes_back_from_json_as_it_was() -> None:
    request = FilmRequest(
        "rolling",
        ("a", "b"),
        epochs=(1, 4),
        latents=(0, 3),
        curves=("swd",),
        fade=0.4,
        suffix=".gif",
        window=7,
        log=True,
    )
    assert FilmRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"layout": "spiral"}, "layout is one of"),
        ({"layout": "walk", "points": ({},)}, "2 to 64 points"),
        ({"layout": "grid", "points": ({}, {})}, "points are for a walk"),
        ({"layout": "latent"}, "Which latents"),
        ({"layout": "grid", "latents": (1,), "shown": "reconstructions"}, "Leave the latents out"),
        ({"layout": "static", "runs": ("a", "b"), "curves": ("swd", "loss")}, "one curve each"),
        ({"layout": "grid", "seconds": 0.0}, "seconds lies from"),
        ({"layout": "grid", "suffix": ".gif", "size": 4000}, "size lies from"),
        ({"layout": "grid", "suffix": ".avi"}, "suffix is one of"),
        ({"layout": "grid", "epochs": (-1,)}, "from 0 on"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        FilmRequest(**{"runs": ("a",), **fields})


def test_a_part_that_this_version_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match="sound"):
        FilmRequest.from_json({"layout": "grid", "runs": ["a"], "sound": "drums"})
