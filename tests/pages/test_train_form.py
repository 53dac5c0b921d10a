"""The form of the Train page: presets by origin, every setting in a group, lengths, and what a run begins with."""

import dataclasses
import hashlib
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.files import read_json, write_bytes, write_json
from core.models.configs import choices_of
from core.models.zoo import PRESETS
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.training.settings import configure
from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack
from tests.pages import run_fixtures as made
from tests.pages.test_train import make_dataset, note_needs, note_speed, open_page, run_ids, texts, unmarked
from ui import preset_choice, setting_groups


def field(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def make_whole_run(workspace: Workspace, *epochs: int, **overrides: Any) -> RunFolder:
    """A run on "stripes" that kept everything of these epochs, as far as a form looks at it."""
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 10, overrides)))
    note_needs(workspace, "quick-gan", "stripes", **overrides)
    for epoch in epochs:
        write_bytes(run.state_path(epoch), b"no form reads a state")
        write_bytes(run.weights_path(epoch), b"nor weights")
    return run


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_setting_of_every_preset_has_one_place_and_no_word_has_to_be_typed(name: str) -> None:
    preset = PRESETS[name]
    network, training = configure(preset, preset.resolutions[0])
    placed = [found for fields in setting_groups.grouped(network, training).values() for _, found in fields]
    names = [found.name for found in (*dataclasses.fields(training), *dataclasses.fields(network))]
    elsewhere = setting_groups.FROM_THE_DATASET | set(setting_groups.ESSENTIALS)
    assert sorted(placed) == sorted(found for found in names if found not in elsewhere)
    free = [
        found.name
        for settings in (network, training)
        for found in dataclasses.fields(settings)
        if isinstance(getattr(settings, found.name), str) and not choices_of(settings, found.name)
    ]
    assert free == []


def test_every_preset_belongs_to_one_origin_and_ours_come_first() -> None:
    groups = preset_choice.groups()
    assert next(iter(groups)) == preset_choice.OURS
    assert "atelier-gan" in [preset.name for preset in groups[preset_choice.OURS]]
    assert sorted(preset.name for presets in groups.values() for preset in presets) == sorted(PRESETS)


def test_presets_made_for_the_dataset_come_first_and_others_say_their_size(workspace: Workspace) -> None:
    make_dataset(workspace)
    (choice,) = open_page().radio
    fits = ["Made for" not in caption for caption in choice.proto.captions]
    assert fits == sorted(fits, reverse=True)
    assert choice.value == "quick-gan"


def test_pictures_that_are_not_square_begin_with_a_preset_that_can_paint_them(workspace: Workspace) -> None:
    make_dataset(workspace)
    folder = workspace.dataset("upright")
    write_pack(folder, stripes(24, 32)[:, :, :24], 4)
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "recipe": {"resolution": 32, "aspect": "3:4"}, "counts": {}})
    note_speed(workspace, "met-gan", "upright")
    app = open_page(dataset="upright", preset="quick-gan")
    assert "paints squares" in app.error[0].value
    assert app.button(key="new-run-start").disabled
    app = open_page(dataset="upright")
    assert app.radio[0].value == "met-gan"
    assert not app.error


def test_another_origin_shows_its_presets_and_the_card_what_was_mended(workspace: Workspace) -> None:
    make_dataset(workspace)
    note_needs(workspace, "artbench-dcgan", "stripes")
    app = open_page(preset="artbench-dcgan")
    assert app.radio[0].value == "artbench-dcgan"
    said = unmarked(texts(app))
    assert "EugeneBudzinskiy/DCGAN-ArtGen-train" in said
    assert "Mended" in said
    assert "was not tuned for it" in said


def test_the_card_tells_parameters_cost_and_layers(workspace: Workspace) -> None:
    make_dataset(workspace)
    app = open_page()
    assert [metric.label for metric in app.metric][:3] == ["Parameters", "To draw a picture", "Per training picture"]
    assert [table.value["Kind"].notna().all() for table in app.dataframe] == [True, True]


def test_a_length_in_images_may_cut_the_last_epoch_short(workspace: Workspace) -> None:
    make_dataset(workspace)
    before = run_ids(workspace)
    app = open_page()
    field(app, "button_group", "Length in").set_value("Images").run()
    field(app, "number_input", "Images").set_value(50).run()
    assert "2.5 epochs in all" in texts(app)
    with made.device_taken(workspace):
        app.button(key="new-run-start").click().run()
        (run_id,) = run_ids(workspace) - before
    assert RunFolder(workspace.run(run_id)).total_images == 50


def test_a_length_in_minutes_counts_by_the_measured_speed(workspace: Workspace) -> None:
    make_dataset(workspace)
    app = open_page()
    field(app, "button_group", "Length in").set_value("Minutes").run()
    field(app, "number_input", "Minutes").set_value(2).run()
    assert "4,800 images at 40 images per second" in texts(app)


def test_a_group_tells_how_many_of_its_settings_were_changed(workspace: Workspace) -> None:
    make_dataset(workspace)
    note_needs(workspace, "quick-gan", "stripes", loss="hinge")
    app = open_page()
    assert "Loss and penalties" in [expander.label for expander in app.expander]
    field(app, "selectbox", "Loss").set_value("hinge").run()
    assert "Loss and penalties · 1 changed" in [expander.label for expander in app.expander]


def test_conditions_tell_how_many_terms_the_dataset_offers(workspace: Workspace) -> None:
    make_dataset(workspace)
    label_styles(workspace, "Abstract", "Pop Art")
    note_needs(workspace, "quick-gan", "stripes", condition="style")
    app = open_page()
    assert "style: 2" in texts(app)
    field(app, "multiselect", "Condition").set_value(["style"]).run()
    assert "Abstract (" in unmarked(texts(app))
    assert not app.button(key="new-run-start").disabled


def test_a_condition_without_labels_is_refused_in_words(workspace: Workspace) -> None:
    make_dataset(workspace)
    app = open_page()
    field(app, "multiselect", "Condition").set_value(["artist"]).run()
    assert "artist" in app.error[0].value
    assert app.button(key="new-run-start").disabled


def label_styles(workspace: Workspace, *styles: str) -> None:
    """Give the pictures of "stripes" these styles in turn."""
    folder = workspace.dataset("stripes")
    rows = read_json(folder / "index.json")
    index = json.dumps(
        [
            {**row, "style": styles[number % len(styles)], "genre": "", "tags": [], "collections": ["a"]}
            for number, row in enumerate(rows)
        ]
    ).encode()
    write_bytes(folder / "index.json", index)
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "index": {"sha256": hashlib.sha256(index).hexdigest()}})


def test_a_lab_without_kept_epochs_offers_no_other_beginning(workspace: Workspace) -> None:
    make_dataset(workspace)
    assert "Begin with" not in [group.label for group in open_page().button_group]


def test_a_branch_starts_with_the_settings_of_its_run_and_may_change_them(workspace: Workspace) -> None:
    make_dataset(workspace)
    origin = make_whole_run(workspace, 4, 8, batch_size=8, width=16)
    before = run_ids(workspace)
    app = open_page(**{"from": origin.id, "epoch": "4", "kind": "branch"})
    assert field(app, "selectbox", "Epoch").value == 4
    assert field(app, "number_input", "Batch size").value == 8
    assert field(app, "number_input", "Width").disabled  # the networks stay
    assert "80 of them before the branch, 120 new" in texts(app)
    field(app, "number_input", "Batch size").set_value(4).run()
    with made.device_taken(workspace):
        app.button(key="new-run-start").click().run()
        assert not app.exception
        (run_id,) = run_ids(workspace) - before
    settings = RunFolder(workspace.run(run_id)).settings
    start = settings["start"]
    assert (start["run"], start["epoch"], start["kind"]) == (origin.id, 4, "branch")
    assert (settings["training"]["batch_size"], settings["network"]["width"], settings["epochs"]) == (4, 16, 10)


def test_a_branch_that_would_train_nothing_cannot_be_started(workspace: Workspace) -> None:
    make_dataset(workspace)
    origin = make_whole_run(workspace, 4)
    app = open_page(**{"from": origin.id, "epoch": "4", "kind": "branch"})
    field(app, "number_input", "Epochs").set_value(4).run()
    assert "nothing would be trained" in app.error[0].value
    assert app.button(key="new-run-start").disabled


def test_a_link_to_train_longer_asks_for_its_epochs(workspace: Workspace) -> None:
    make_dataset(workspace)
    origin = make_whole_run(workspace, 10)
    app = open_page(**{"from": origin.id, "epoch": "10", "kind": "branch", "epochs": "25"})
    assert field(app, "number_input", "Epochs").value == 25
    assert not app.button(key="new-run-start").disabled


def test_a_link_to_an_epoch_that_was_not_kept_whole_takes_the_nearest_before(workspace: Workspace) -> None:
    make_dataset(workspace)
    origin = make_whole_run(workspace, 4, 8)
    app = open_page(**{"from": origin.id, "epoch": "7", "kind": "branch"})
    assert "takes epoch 4" in app.warning[0].value
    assert field(app, "selectbox", "Epoch").value == 4


def test_a_link_to_a_run_that_is_gone_says_so_and_leaves_the_form_usable(workspace: Workspace) -> None:
    make_dataset(workspace)
    make_whole_run(workspace, 4)
    app = open_page(**{"from": "20261121-000000-quick-gan-ffff", "epoch": "4", "kind": "branch"})
    assert "is not in this lab" in app.warning[0].value
    assert not app.button(key="new-run-start").disabled


def test_weights_of_a_run_may_go_into_another_preset(workspace: Workspace) -> None:
    make_dataset(workspace)
    origin = make_whole_run(workspace, 4)
    note_needs(workspace, "quick-vae", "stripes")
    before = run_ids(workspace)
    app = open_page(**{"from": origin.id, "epoch": "4", "kind": "transfer", "preset": "quick-vae"})
    assert app.radio[0].value == "quick-vae"
    with made.device_taken(workspace):
        app.button(key="new-run-start").click().run()
        (run_id,) = run_ids(workspace) - before
    settings = RunFolder(workspace.run(run_id)).settings
    assert (settings["preset"], settings["start"]["kind"]) == ("quick-vae", "transfer")
