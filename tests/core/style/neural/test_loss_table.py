"""The table of losses, out of the notes that a real transfer leaves."""

import pytest
import torch

from core.style.engines import Report
from core.style.neural import loss_table
from core.style.neural.presets import WIKIART_ROWS, wikiart_row
from core.style.neural.transfer import Transfer
from core.style.neural.vgg import VGG19, Features, random_tensors


def notes_of_a_transfer(row: int, steps: int) -> tuple[str, dict[str, object]]:
    from dataclasses import replace

    settings = replace(wikiart_row(row), first_steps=steps, steps=steps, smallest_side=32)
    features = Features(VGG19, random_tensors(VGG19, "conv3_1", seed=0), deepest="conv3_1", edges="zeros")
    generator = torch.Generator().manual_seed(0)
    content, style = (torch.rand(3, 32, 32, generator=generator) for _ in range(2))
    notes: list[str] = []
    Transfer(features, content, [style], [1.0], settings).run(Report(note=notes.append))
    return "\n".join(notes), dict(vars(settings))


def test_the_notes_of_a_transfer_become_a_line_of_the_published_table():
    notes, settings = notes_of_a_transfer(1, steps=3)
    losses = loss_table.noted(notes)
    assert [(one.scale, one.width, one.height) for one in losses] == [(1, 32, 32)] * len(losses)
    assert losses[0].step == 0
    assert losses[0].content == 0.0  # it begins with the content itself
    row = loss_table.row_of(settings, losses)
    assert row is not None
    assert (row.content_weight, row.style_weight) == WIKIART_ROWS[1]
    assert (row.steps, row.style) == (3, losses[-1].style)


def test_the_share_removed_is_that_of_the_last_scale():
    notes = "\n".join(
        f"scale {scale} of 2 (64 x 48), step {step} of 100: style {style}, content 1.0, variation 0.0"
        for scale, step, style in ((1, 0, 80.0), (1, 99, 8.0), (2, 0, 10.0), (2, 99, 4.0))
    )
    assert loss_table.removed(loss_table.noted(notes)) == pytest.approx(0.6)


def test_losses_of_another_kind_do_not_stand_in_that_table():
    notes, settings = notes_of_a_transfer(0, steps=1)
    losses = loss_table.noted(notes)
    assert loss_table.row_of({**settings, "style_loss": "gram"}, losses) is None
    assert loss_table.row_of({**settings, "style_layers": ["relu1_1"]}, losses) is None
    assert loss_table.row_of(settings, []) is None
    assert loss_table.noted("Using vgg19-features.safetensors.") == []


def test_the_published_table_has_the_weights_that_the_presets_have():
    assert [(row.content_weight, row.style_weight) for row in loss_table.PUBLISHED] == list(WIKIART_ROWS)
