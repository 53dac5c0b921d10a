"""The design page: what competes, in which words, by which rules, and what is frozen at the end."""

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.pictures.gallery import Gallery
from core.studies.study import list_studies
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.core.pictures import encoded, noise
from tests.pages.test_studies import open_page, texts


def freeze(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label.startswith("Freeze")).click().run()
    assert not app.exception
    return app


def test_a_study_is_opened_from_a_run_and_its_test_split(workspace):
    """The whole way: an untrained generator's weights, a pack with a test split, the form, the frozen pictures."""
    run_id = untrained_run(workspace)
    app = open_page(run=run_id, epoch="2")
    app.number_input(key="study-count").set_value(3).run()
    app.number_input(key="study-real-3").set_value(9).run()
    assert "9 real pictures are asked for, but the test split holds 4" in texts(app)
    freeze(app)
    (made,) = list_studies(workspace)
    assert app.query_params["study"] == made.id
    assert [(condition.kind, condition.count) for condition in made.conditions] == [("generated", 3), ("real", 4)]
    assert {item.provenance.get("epoch") for item in made.items.values()} == {2, None}
    assert "the test split holds only 4" in texts(app)


def test_several_epochs_of_several_runs_come_by_the_address(workspace):
    first, second = untrained_run(workspace), untrained_run(workspace, again=True)
    run = RunFolder(workspace.run(first))
    run.weights_path(1).write_bytes(run.weights_path(2).read_bytes())
    app = open_page(run=[f"{first}@1", f"{first}@2", second])
    assert app.multiselect(key="study-runs").value == [first, second]
    assert app.multiselect(key=f"study-epochs-{first}").value == [1, 2]
    assert app.multiselect(key=f"study-epochs-{second}").value == [2]


def test_a_title_that_names_the_run_is_refused_and_nothing_entered_is_lost(workspace):
    run_id = untrained_run(workspace)
    app = open_page()
    app.text_input(key="study-title").set_value(f"Is {run_id} any good?")
    app.text_input(key="study-question-rate-1-to-5-en").set_value("How moving is this?")
    freeze(app)
    assert "so know what competes" in app.error[0].value
    assert app.text_input(key="study-question-rate-1-to-5-en").value == "How moving is this?"
    assert list_studies(workspace) == []


def test_rules_wordings_and_the_plan_are_written_into_the_design(workspace):
    untrained_run(workspace)
    app = open_page()
    app.button_group(key="study-kind").set_value("real-or-generated").run()
    app.number_input(key="study-count").set_value(2).run()
    app.multiselect(key="study-languages").set_value(["de", "en"]).run()
    app.toggle(key="study-with-consent").set_value(True).run()
    app.number_input(key="study-practice").set_value(1)
    app.number_input(key="study-attention").set_value(1)
    app.number_input(key="study-repeats").set_value(1)
    app.toggle(key="study-where").set_value(True)
    app.button_group(key="study-stop").set_value("raters").run()
    app.number_input(key="study-stop-n").set_value(12).run()
    assert "Needs" in texts(app)
    assert "Each rater judges 4 of 4 pictures and sees 7 in all" in texts(app)
    freeze(app)
    (made,) = list_studies(workspace)
    design = made.design
    assert (design.practice, design.attention, design.repeats, design.ask_where) == (1, 1, 1, True)
    assert (design.stop.kind, design.stop.number) == ("raters", 12)
    assert design.languages == ("de", "en")
    assert design.wording("de").consent
    assert "fool rates of 19 % and 28 %" in design.goal
    assert design.recommended_raters > 2
    assert made.total_shown == 7


def test_pairs_of_epochs_presets_folders_and_noise_compete(workspace, tmp_path):
    run_id = untrained_run(workspace)
    folder = tmp_path / "restyled"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (60, 40), (80 * number, 40, 90)).save(folder / f"{number}.png")
    app = open_page()
    app.button_group(key="study-kind").set_value("better-of-two").run()
    app.number_input(key="study-count").set_value(2).run()
    app.multiselect(key=f"study-epochs-{run_id}").set_value([2])
    app.multiselect(key="study-presets").set_value([("quick-gan", "tiny")])
    app.text_input(key="study-folder").set_value(str(folder)).run()
    app.text_input(key="study-folder-name").set_value("By hand")
    app.checkbox(key="study-noise").set_value(True)
    app.toggle(key="study-ties").set_value(True).run()
    freeze(app)
    (made,) = list_studies(workspace)
    assert [condition.kind for condition in made.conditions] == ["generated", "preset", "real", "restyled", "noise"]
    assert len(made.main_trials) == 10 * 2
    assert made.design.ties
    assert any("cut to 32×32 pixels" in note for condition in made.conditions for note in condition.notes)


def test_restyled_pictures_brought_from_the_gallery_become_a_1_to_10_study(workspace):
    """Without any run or dataset: an artist who only restyles can ask people, too."""
    gallery = Gallery(workspace)
    hashes = [
        gallery.keep(encoded(noise(40, 40, seed)), way="style", title="Street", label="patch: pieces").sha256
        for seed in range(3)
    ]
    app = open_page(chosen_in_gallery=hashes[:2])
    assert app.button_group(key="study-kind").value == "rate-1-to-10"
    app.multiselect(key="study-made-2").set_value(["Chosen in the gallery", "Restyled, patch"]).run()
    freeze(app)
    (made,) = list_studies(workspace)
    assert [(condition.kind, condition.count) for condition in made.conditions] == [("restyled", 2), ("restyled", 3)]
    assert made.design.kind == "rate-1-to-10"


def test_side_by_side_takes_its_references_from_the_test_split(workspace):
    untrained_run(workspace)
    app = open_page()
    app.button_group(key="study-kind").set_value("side-by-side").run()
    app.number_input(key="study-count").set_value(2).run()
    freeze(app)
    (made,) = list_studies(workspace)
    assert [condition.kind for condition in made.conditions] == ["generated"]
    assert {made.condition_of(trial.items[1]).role for trial in made.trials.values()} == {"reference"}


def test_without_anything_to_compete_the_button_waits(workspace):
    untrained_run(workspace)
    app = open_page()
    app.multiselect(key="study-runs").set_value([])
    app.toggle(key="study-with-real-False").set_value(False).run()
    assert "Choose what competes first" in texts(app)
    assert next(button for button in app.button if button.label.startswith("Freeze")).disabled


def test_a_folder_without_pictures_is_refused_in_words(workspace, tmp_path):
    untrained_run(workspace)
    app = open_page()
    app.number_input(key="study-count").set_value(2).run()
    app.text_input(key="study-folder").set_value(str(tmp_path / "nowhere")).run()
    freeze(app)
    assert "Found no picture in" in app.error[0].value
    assert list_studies(workspace) == []


def untrained_run(workspace: Workspace, *, again: bool = False) -> str:
    """A run folder whose epoch 2 holds the weights a network is born with, and the dataset it names."""
    from core.models.zoo import build_networks
    from core.training.runs import create_run
    from core.training.weights import save_weights
    from tests.core.studies.test_freeze import write_pack

    images = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
    if not again:
        write_pack(workspace.dataset("tiny"), images, ["train"] * 12 + ["test"] * 4)
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "tiny", 2)))
    facts = {name: run.settings[name] for name in ("architecture", "network")}
    networks = build_networks(facts["architecture"], facts["network"])
    save_weights(networks["generator"], run.weights_path(2), facts)
    return run.id
