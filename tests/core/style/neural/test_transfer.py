"""A transfer: how far it gets, how it stops, goes on and recovers."""

import pytest
import torch

from core.errors import ConfigError
from core.style.engines import Report
from core.style.errors import StyleError
from core.style.neural.scales import fitted, sides
from core.style.neural.settings import STARTS
from core.style.neural.transfer import Transfer
from tests.core.style.neural.made import picture, settings, thin

CONTENT = picture(40, 48, seed=1)
STYLE = picture(50, 44, seed=2) * torch.tensor([1.0, 0.5, 0.3]).view(3, 1, 1)


def _transfer(*, masks=None, content=CONTENT, network=None, **choices) -> Transfer:
    return Transfer(network or thin(), content, [STYLE], [1.0], settings(**choices), masks=masks)


def test_sizes_grow_by_the_root_of_two():
    assert sides(512, 128) == [128, 181, 256, 362, 512]
    assert sides(100, 128) == [100]


def test_a_picture_is_fitted_with_its_proportions():
    assert fitted(300, 400, 200) == (150, 200)
    assert fitted(300, 400, 800) == (600, 800)
    assert fitted(300, 400, 800, enlarge=False) == (300, 400)
    assert fitted(1, 4000, 100) == (1, 100)


@pytest.mark.parametrize("kind", ["wasserstein", "gram"])
@pytest.mark.parametrize(("optimiser", "steps"), [("adam", 20), ("lbfgs", 10)])
def test_most_of_the_style_loss_is_removed(kind, optimiser, steps):
    notes = []
    transfer = _transfer(style_loss=kind, optimiser=optimiser, steps=steps, strength=75.0)
    result = transfer.run(Report(note=notes.append))
    objective = transfer.objective(transfer.scales[-1])
    before, after = (float(objective(shown)[0].style) for shown in (CONTENT, result))
    assert after < 0.3 * before
    assert f"{100 * (1 - after / before):.1f} % removed" in notes[-1]
    assert result.shape == CONTENT.shape
    assert 0 <= float(result.min()) <= float(result.max()) <= 1


def test_more_strength_leaves_less_of_the_content():
    losses = []
    for strength in (5.0, 95.0):
        transfer = _transfer(strength=strength, content_layers=("relu1_1",), steps=8)
        result = transfer.run(Report())
        losses.append(float((result - CONTENT).square().mean()))
    assert losses[0] < losses[1]


@pytest.mark.parametrize("start", STARTS)
def test_every_start_is_a_picture_that_the_seed_decides(start):
    one, same, other = (_transfer(start=start, seed=seed, steps=1).run(Report()) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert torch.equal(one, other) == (start in ("content", "recoloured"))


def test_the_same_request_gives_the_same_picture_and_another_picture_another():
    assert torch.equal(_transfer().run(Report()), _transfer().run(Report()))
    assert not torch.equal(_transfer().run(Report()), _transfer(content=CONTENT.flip(2)).run(Report()))


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("stop_after", [3, 11])
def test_a_stopped_transfer_that_goes_on_from_a_file_equals_one_that_was_never_stopped(tmp_path, optimiser, stop_after):
    steps, kept = [], []
    stopping = Report(
        progress=lambda done, total, unit: steps.append(done),
        keep=kept.append,
        stop_requested=lambda: len(steps) >= stop_after,
    )
    so_far = _transfer(optimiser=optimiser).run(stopping)
    assert so_far.shape == CONTENT.shape
    torch.save(kept[-1], tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    resumed = _transfer(optimiser=optimiser).run(Report(state=state))
    assert torch.equal(resumed, _transfer(optimiser=optimiser).run(Report()))


def test_what_was_kept_of_another_transfer_is_refused():
    kept = []
    _transfer(keep_steps=2).run(Report(keep=kept.append))
    with pytest.raises(StyleError, match="Begin it anew"):
        _transfer(strength=70.0, keep_steps=2).run(Report(state=kept[0]))


def test_progress_counts_steps_by_their_pixels_up_to_the_whole():
    seen = []
    _transfer(steps=10).run(Report(progress=lambda *told: seen.append(told)))
    done = [told[0] for told in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]
    assert seen[0][2] == "full-size steps"


def test_previews_are_pictures_of_their_scale():
    shown = []
    _transfer(preview_steps=2).run(Report(preview=shown.append))
    assert {tuple(preview.shape) for preview in shown} >= {(3, 40, 48), (3, 28, 34)}
    assert all(0 <= float(preview.min()) <= float(preview.max()) <= 1 for preview in shown)


def test_outside_of_the_mask_the_content_stays():
    mask = torch.zeros(40, 48)
    mask[:, :20] = 1
    result = _transfer(masks=[mask], steps=10).run(Report())
    assert torch.equal(result[:, :, 20:], CONTENT[:, :, 20:])
    assert not torch.equal(result[:, :, :20], CONTENT[:, :, :20])


def test_tiles_give_the_picture_that_one_piece_gives():
    content = picture(96, 80, seed=1)
    whole = _transfer(content=content, smallest_side=60, tile_side=0).run(Report())
    tiled = _transfer(content=content, smallest_side=60, tile_side=32).run(Report())
    torch.testing.assert_close(tiled, whole, rtol=0, atol=2e-3)


class _Faulty(torch.nn.Module):
    """A network whose activations are no numbers at the given calls."""

    def __init__(self, faults):
        super().__init__()
        self.inner, self.calls, self.faults = thin(), 0, faults
        self.plan = self.inner.plan

    def forward(self, shown, wanted):
        self.calls += 1
        factor = float("nan") if self.calls in self.faults else 1.0
        return {name: found * factor for name, found in self.inner(shown, wanted).items()}


class _Cramped(torch.nn.Module):
    """A network on a device whose memory holds so many pixels."""

    def __init__(self, pixels):
        super().__init__()
        self.inner, self.pixels = thin(), pixels
        self.plan = self.inner.plan

    def forward(self, shown, wanted):
        if shown.shape[2] * shown.shape[3] > self.pixels:
            raise torch.OutOfMemoryError
        return self.inner(shown, wanted)


def test_where_memory_runs_out_it_goes_on_in_smaller_tiles_to_the_same_picture():
    content, notes = picture(140, 130, seed=1), []
    choices = {"content": content, "smallest_side": 130, "steps": 2}
    cramped = _transfer(network=_Cramped(130 * 120), **choices).run(Report(note=notes.append))
    assert notes[0] == "The memory of cpu was too small; going on in tiles of 70 pixels."
    torch.testing.assert_close(cramped, _transfer(**choices).run(Report()), rtol=0, atol=2e-3)


def test_where_even_small_tiles_do_not_fit_it_says_so():
    with pytest.raises(StyleError, match="Choose a smaller size"):
        _transfer(network=_Cramped(10)).run(Report())


def test_a_long_narrow_picture_begins_where_the_network_can_see_it():
    transfer = _transfer(content=picture(8, 96, seed=1), smallest_side=20)
    assert [(scale.height, scale.width) for scale in transfer.scales] == [(4, 48), (6, 68), (8, 96)]
    assert transfer.run(Report()).shape == (3, 8, 96)


def test_a_narrow_style_is_seen_no_smaller_than_the_network_can_see():
    narrow = picture(300, 12, seed=2)
    assert Transfer(thin(), CONTENT, [narrow], [1.0], settings()).run(Report()).shape == CONTENT.shape


@pytest.mark.parametrize("kind", ["wasserstein", "gram"])
@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
def test_a_loss_that_is_no_number_is_told_and_survived(kind, optimiser):
    notes = []
    result = _transfer(network=_Faulty({5}), style_loss=kind, optimiser=optimiser).run(Report(note=notes.append))
    assert torch.isfinite(result).all()
    assert sum("no number" in note for note in notes) == 1


def test_a_loss_that_stays_no_number_ends_with_advice():
    with pytest.raises(StyleError, match="Lower the style's weight"):
        _transfer(network=_Faulty(range(5, 1000))).run(Report())


def test_a_picture_with_values_that_are_no_numbers_is_refused():
    with pytest.raises(StyleError, match="content picture holds values"):
        _transfer(content=CONTENT * float("inf"))


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"style_loss": "mean"}, "style_loss is one of wasserstein"),
        ({"content_layers": ("relu9_1",)}, "no layer 'relu9_1'"),
        ({"style_layer_weights": (1.0,)}, "Every style layer needs its weight"),
        ({"style_layer_weights": (1.0, "2", 3.0)}, "Layer weights are numbers"),
        ({"learning_rate": 3.0}, "learning_rate goes from"),
        ({"learning_rate": float("nan")}, "learning_rate goes from"),
        ({"steps": "many"}, "steps goes from 1"),
        ({"steps": 2.5}, "steps goes from 1"),
        ({"tile_side": True}, "tile_side goes from 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(choice, words):
    with pytest.raises(ConfigError, match=words):
        settings(**choice)
