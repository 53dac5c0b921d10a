from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.datasets.conditions import ConditionError
from core.errors import ConfigError, NotFoundError
from core.pictures.chosen import ChosenPicture
from core.sampling.explorer import CannotError, load_explorer
from core.sampling.mixing import mix
from core.sampling.points import Given, Point
from core.sampling.sampler import load_sampler
from core.sampling.walks import between
from tests.core.training.packs import stripes

ALL = ["gan", "vae", "flow", "infogan", "conditioned", "conditioned flow"]


@pytest.mark.parametrize("name", ALL)
def test_points_of_a_seed_are_the_samples_of_that_seed(explorers, name):
    explorer = explorers[name]
    drawn = explorer.draw(explorer.seeds(2, 3, start=1))
    assert drawn.shape == (3, 32, 32, 3)
    sampled = load_sampler(explorer.folder).sample(3, seed=2, start=1)
    assert np.abs(drawn.astype(int) - sampled).max() <= 1


@pytest.mark.parametrize(
    ("name", "encodes", "projects"),
    [("gan", False, True), ("vae", True, True), ("flow", True, False), ("infogan", False, True)],
)
def test_a_page_can_ask_what_a_model_can_do(explorers, name, encodes, projects):
    abilities = explorers[name].abilities
    assert (abilities.encodes, abilities.projects) == (encodes, projects)
    assert abilities.shape == (32, 32)
    assert (abilities.categories > 0) == (name == "infogan")
    assert (abilities.steps is not None) == (name == "flow")


def test_truncation_draws_the_pictures_that_the_sampler_truncates(explorers):
    explorer = explorers["gan"]
    drawn = explorer.draw(explorer.seeds(2, 2, truncation=0.5))
    assert np.abs(drawn.astype(int) - load_sampler(explorer.folder).sample(2, seed=2, truncation=0.5)).max() <= 1


def test_temperature_scales_the_latents(explorers):
    explorer = explorers["vae"]
    warm, plain = explorer.latents(explorer.seeds(1, 2, temperature=0.5)), explorer.latents(explorer.seeds(1, 2))
    assert np.allclose(warm, 0.5 * plain)


def test_a_move_is_as_far_at_every_truncation_and_temperature(explorers):
    from core.sampling.directions import Direction

    explorer = explorers["gan"]
    vector = np.eye(explorer.latent_dim, dtype=np.float32)[3]
    explorer.adopt([Direction("learned-x", "x", "learned", vector, explorer.epoch)])
    for settings in ({}, {"truncation": 0.3}, {"temperature": 0.2}):
        plain = explorer.seeds(1, 1, **settings)[0]
        moved = explorer.latents([plain, plain.moved("learned-x", 2.5)])
        assert np.allclose(moved[1] - moved[0], 2.5 * vector, atol=1e-5)


def test_a_direction_that_nobody_knows_is_refused_with_those_there_are(explorers):
    with pytest.raises(NotFoundError, match="direction of this model called 'nowhere'"):
        explorers["gan"].draw([explorers["gan"].seeds(0, 1)[0].moved("nowhere", 1)])


def test_a_point_of_another_epoch_is_refused(explorers):
    point = explorers["gan"].seeds(0, 1)[0]
    with pytest.raises(ConfigError, match="epoch 1"):
        explorers["gan"].draw([point.at(point.run, 1)])


def test_a_latent_of_another_model_is_refused(explorers):
    explorer = explorers["gan"]
    with pytest.raises(ConfigError, match="has 3 numbers"):
        explorer.draw([Point(explorer.run, explorer.epoch, Given.of_numbers(np.zeros(3)))])


def test_a_vae_encodes_into_the_latents_that_it_draws_from(explorers):
    explorer = explorers["vae"]
    network = explorer.network
    network.prior_mean.copy_(torch.randn(explorer.latent_dim))
    network.prior_factor.copy_(torch.tril(torch.rand(explorer.latent_dim, explorer.latent_dim)) + torch.eye(8) * 2)
    picture = stripes(1, 32)[0]
    point = explorer.encode(Image.fromarray(picture), ChosenPicture(label="stripes"))
    assert point.base.how == "encoded"
    assert point.base.of.label == "stripes"
    images = torch.from_numpy(picture[None]).permute(0, 3, 1, 2).float() / 127.5 - 1
    wanted = ((network.reconstruct(images) + 1) * 127.5).round().permute(0, 2, 3, 1)[0].numpy()
    assert np.abs(explorer.draw([point])[0].astype(int) - wanted).max() <= 1


def test_a_flow_encodes_a_picture_into_the_noise_that_leads_back_to_it(explorers):
    explorer = explorers["flow"]
    picture = stripes(1, 32)[0]
    point = explorer.encode(Image.fromarray(picture))
    assert point.steps == 24
    assert np.abs(explorer.draw([point])[0].astype(int) - picture).mean() < 12


def test_a_picture_is_fitted_as_the_run_was_trained(explorers):
    wide = Image.fromarray(np.concatenate([np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 255, np.uint8)], 1))
    fitted = explorers["gan"].fit(wide)
    assert fitted.shape == (32, 32, 3)
    assert "middle" in explorers["gan"].fitting.words or explorers["gan"].fitting.fit == "crop"


def test_a_gan_says_that_it_cannot_encode(explorers):
    with pytest.raises(CannotError, match="nearest point"):
        explorers["gan"].encode(Image.new("RGB", (32, 32)))


def test_words_and_terms_ask_for_the_same(explorers):
    explorer = explorers["conditioned"]
    words, terms = (
        explorer.draw(explorer.seeds(0, 2, **asked))
        for asked in ({"words": "ukiyo-e"}, {"terms": (("style", "Ukiyo-e"),)})
    )
    assert (words == terms).all()
    assert (words != explorer.draw(explorer.seeds(0, 2))).any()


def test_what_is_asked_for_goes_over_on_the_way(explorers):
    explorer = explorers["conditioned"]
    a, b = (explorer.seeds(0, 1, words=words)[0] for words in ("ukiyo-e", "colour field"))
    assert np.allclose(explorer.resolve(between(a, b, 0.25)).terms.sum(), 1)
    assert sorted(explorer.resolve(between(a, b, 0.25)).terms.tolist()) == [0.25, 0.75]


def test_unknown_words_are_refused_with_what_there_is(explorers):
    with pytest.raises(ConditionError, match=r"none of these words: horses\. It knows.*Ukiyo-e"):
        explorers["conditioned"].draw(explorers["conditioned"].seeds(0, 1, words="horses"))
    with pytest.raises(ConditionError, match="trained without conditions"):
        explorers["gan"].draw(explorers["gan"].seeds(0, 1, words="blue"))


def test_category_and_sliders_set_the_codes(explorers):
    explorer = explorers["infogan"]
    latents = torch.from_numpy(explorer.latents(explorer.seeds(0, 3, category=2, sliders=((1, -0.5),))))
    codes = explorer.codes.split(latents)
    assert codes.category.tolist() == [2, 2, 2]
    assert np.allclose(codes.continuous[:, 1], -0.5, atol=1e-5)


def test_on_the_way_sliders_go_evenly_and_a_category_changes_once(explorers):
    explorer = explorers["infogan"]
    a, b = (explorer.seeds(0, 1, category=c, sliders=((0, v),))[0] for c, v in ((0, -1.0), (3, 1.0)))
    walk = explorer.latents([between(a, b, share) for share in (0.25, 0.5, 0.75)])
    codes = explorer.codes.split(torch.from_numpy(walk))
    assert codes.category.tolist() == [0, 3, 3]
    assert np.allclose(codes.continuous[:, 0], [-0.5, 0, 0.5], atol=1e-4)


def test_codes_are_refused_where_there_are_none(explorers):
    with pytest.raises(CannotError, match="InfoGAN"):
        explorers["gan"].draw(explorers["gan"].seeds(0, 1, category=1))


def test_a_flow_takes_its_steps_and_guidance_from_the_point_and_forgets_them(explorers):
    explorer = explorers["conditioned flow"]
    trained = explorer.network.sampling_steps, explorer.network.guidance
    points = explorer.seeds(0, 1, words="ukiyo-e")
    strict = [replace(points[0], guidance=6.0)]
    drawn = explorer.draw([*points, *strict, *points])
    assert (drawn[0] == drawn[2]).all()
    assert (drawn[0] != drawn[1]).any()
    assert (explorer.network.sampling_steps, explorer.network.guidance) == trained
    with pytest.raises(CannotError, match="no flow"):
        explorers["gan"].draw(explorers["gan"].seeds(0, 1, steps=3))


def test_a_settled_point_draws_the_same_picture(explorers):
    explorer = explorers["vae"]
    points = explorer.seeds(0, 2)
    point = between(points[0], points[1], 0.4)
    for _ in range(12):
        point = explorer.vary(point, 1, 0.1)[0]
    settled = explorer.settled(point)
    assert settled.depth == 1
    assert np.abs(explorer.draw([settled]).astype(int) - explorer.draw([point])).max() <= 1


def test_a_settled_mixture_keeps_its_form_and_its_colours(explorers):
    explorer = explorers["gan"]
    a, b, c = explorer.seeds(0, 3)
    point = between(mix(a, b), c, 0.3)
    for _ in range(14):
        point = explorer.vary(point, 1, 0.1)[0]
    assert (explorer.draw([explorer.settled(point)]) == explorer.draw([point])).all()


def test_a_run_that_is_not_there_is_told(explorers):
    with pytest.raises(NotFoundError, match="run called 'nothing'"):
        load_explorer(explorers.workspace, "nothing")
