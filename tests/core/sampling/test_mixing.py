import numpy as np
import pytest

from core.errors import ConfigError
from core.models.flow import colour_axes
from core.sampling.mixing import mix, mixing_grid
from core.sampling.walks import between


def test_a_palette_is_taken_over_and_nothing_else(explorers):
    explorer = explorers["gan"]
    form, colour = explorer.seeds(0, 2)
    resolved = explorer.resolve(mix(form, colour))
    assert (resolved.z == explorer.latents([form])[0]).all()
    assert (resolved.colour == explorer.latents([colour])[0]).all()
    drawn = explorer.draw([mix(form, colour), form, mix(form, form)])
    assert (drawn[0] != drawn[1]).any()
    assert np.abs(drawn[1].astype(int) - drawn[2]).max() <= 1


def test_a_flow_takes_the_planes_of_colour_of_the_other_noise(explorers):
    explorer = explorers["flow"]
    form, colour = explorer.seeds(0, 2)
    planes = [
        colour_axes().numpy() @ explorer.latents([p])[0].reshape(3, -1) for p in (mix(form, colour), form, colour)
    ]
    assert np.allclose(planes[0][1:], planes[2][1:], atol=1e-5)
    assert np.allclose(planes[0][0] - planes[0][0].mean(), planes[1][0] - planes[1][0].mean(), atol=1e-5)
    assert np.isclose(planes[0][0].mean(), planes[2][0].mean(), atol=1e-5)


def test_latents_are_crossed_along_the_axes_of_colour(explorers):
    explorer = explorers["vae"]
    form, colour = explorer.seeds(0, 2)
    mixed, one, other = explorer.latents([mix(form, colour), form, colour])
    rows = explorer.colour_rows
    assert np.allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-4)
    assert np.allclose(rows @ mixed, rows @ other, atol=1e-4)
    assert np.allclose(mixed - rows.T @ (rows @ mixed), one - rows.T @ (rows @ one), atol=1e-4)


def test_a_grid_has_a_row_for_each_form_and_a_column_for_each_colour(explorers):
    points = explorers["gan"].seeds(0, 5)
    grid = mixing_grid(points[:2], points[2:])
    assert [(one.base.form, one.base.colour) for one in grid[2:4]] == [(points[0], points[4]), (points[1], points[2])]
    with pytest.raises(ConfigError, match="at least one"):
        mixing_grid([], points)


def test_mixtures_can_be_walked_between(explorers):
    explorer = explorers["gan"]
    a, b, c = explorer.seeds(0, 3)
    resolved = explorer.resolve(between(mix(a, b), c, 0.5))
    assert resolved.colour is not None
    assert not np.allclose(resolved.colour, resolved.z)
