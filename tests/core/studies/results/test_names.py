"""What conditions are called in charts and tables."""

from core.studies.results.scores import condition_names
from core.studies.study import Condition


def condition(number, kind, label="", **source):
    return Condition(f"{kind}-{number}", kind, label, 4, source)


def names(*conditions):
    return list(condition_names(conditions).values())


def test_epochs_of_one_run_are_called_by_their_epochs():
    found = names(*(condition(n, "generated", run_id="run-a", epoch=epoch) for n, epoch in ((1, 0), (2, 40))))
    assert found == ["Epoch 0", "Epoch 40"]


def test_epochs_of_several_runs_say_which_run():
    first, second = "20261121-154321-quick-gan-960a", "20261121-160000-atelier-vae-0b1c"
    found = names(
        condition(1, "generated", run_id=first, epoch=40),
        condition(2, "generated", run_id=second, epoch=40),
        condition(1, "real"),
    )
    assert found == ["quick-gan, ep. 40", "atelier-vae, ep. 40", "Real"]


def test_names_that_are_the_same_are_numbered():
    runs = "20261121-154321-quick-gan-960a", "20261122-154321-quick-gan-111f"
    found = names(*(condition(n, "generated", run_id=run, epoch=40) for n, run in enumerate(runs, start=1)))
    assert found == ["quick-gan, ep. 40 (no. 1)", "quick-gan, ep. 40 (no. 2)"]


def test_presets_folders_and_noise_are_called_what_they_are():
    found = names(
        condition(1, "preset", preset="atelier-gan", dataset_id="d"),
        condition(1, "restyled", label="After Hokusai"),
        condition(1, "noise"),
        condition(1, "real"),
        condition(2, "real"),
    )
    assert found == ["atelier-gan", "After Hokusai", "Noise", "Real 1", "Real 2"]


def test_pictures_of_no_known_source_are_numbered_where_there_are_several():
    assert names(condition(1, "generated"), condition(2, "generated")) == ["Generated 1", "Generated 2"]
    assert names(condition(1, "generated")) == ["Generated"]
