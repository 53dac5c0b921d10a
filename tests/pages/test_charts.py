"""Curves: what smoothing, thinning and marks make of the logged numbers, and how settings become form fields."""

import math
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.files import JsonLines
from core.training.gan_settings import GANSettings
from core.training.vae_settings import VAESettings
from tests.pages.run_fixtures import charted
from ui import curves, setting_fields
from ui.charts import smoothed, thinned
from ui.run_logs import LogReader


def test_smoothing_starts_at_the_first_value_and_agrees_with_a_case_worked_by_hand() -> None:
    # weights 0.5: (1), (0.5*1 + 1*3) / 1.5, (0.25*1 + 0.5*3 + 1*5) / 1.75
    assert smoothed([1.0, 3.0, 5.0], 0.5) == pytest.approx([1.0, 3.5 / 1.5, 6.75 / 1.75])


def test_smoothing_passes_over_what_is_not_a_number() -> None:
    found = smoothed([1.0, math.nan, 3.0], 0.5)
    assert math.isnan(found[1])
    assert found[2] == pytest.approx(smoothed([1.0, 3.0], 0.5)[1])


def test_a_long_curve_is_thinned_to_means_with_its_last_point_kept() -> None:
    x, y = thinned(range(10_001), [1.0] * 10_000 + [9.0], longest=100)
    assert len(x) == 100
    assert (x[-1], y[-1]) == (10_000, 9.0)
    assert np.allclose(y[:-1], 1.0)


def test_a_single_undefined_value_survives_the_thinning() -> None:
    values = [1.0] * 10_000
    values[5_000] = math.nan
    assert np.isnan(thinned(range(10_000), values)[1]).sum() == 1


def test_a_curve_is_interrupted_where_the_log_has_no_number() -> None:
    rows = [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": None}, {"epoch": 3, "loss": 1.0}]
    curve = curves.curve(rows, "loss", "Total")
    assert curve is not None
    assert math.isnan(curve.y[1])
    assert curves.curve(rows, "loss_kl", "Divergence") is None


def test_every_logged_number_can_be_chosen_and_known_ones_come_first() -> None:
    rows = [{"images_seen": 1, "epoch": 1, "aaa_new": 3, "loss_generator": 1.0, "health": [], "device": "cpu"}]
    assert curves.metric_names(rows) == ["loss_generator", "aaa_new"]


def test_a_followed_log_gives_what_was_added_and_forgets_what_a_resumed_worker_took_back(tmp_path: Path) -> None:
    log, reader = JsonLines(tmp_path / "metrics.jsonl"), LogReader(tmp_path / "metrics.jsonl")
    assert reader.rows() == []
    log.append({"images_seen": 100, "images_per_second": 1.0}, {"images_seen": 200, "images_per_second": 2.0})
    assert [row["images_seen"] for row in reader.rows()] == [100, 200]
    log.append({"images_seen": 300, "images_per_second": 3.0})
    assert [row["images_seen"] for row in reader.rows()] == [100, 200, 300]
    log.path.unlink()
    for speed, images in enumerate((100, 200, 300, 400)):
        log.append({"images_seen": images, "images_per_second": speed + 0.5})
    assert [row["images_per_second"] for row in reader.rows()] == [0.5, 1.5, 2.5, 3.5]


def test_a_log_axis_over_values_below_zero_is_symmetric_and_says_so() -> None:
    def script() -> None:
        from ui.charts import Curve, line_chart

        line_chart([Curve("Real", [0, 1], [-1.0, 2.0])], key="c", alt="Scores", y_title="Logit", log=True)

    app = AppTest.from_function(script).run()
    assert "Logit (symmetric log)" in app.get("vega_lite_chart")[0].proto.spec


def test_a_smoothed_chart_keeps_the_raw_values_beside() -> None:
    def script() -> None:
        from ui.charts import Curve, line_chart

        line_chart([Curve("Loss", [0, 1], [1.0, 3.0])], key="c", alt="Loss", smoothing=0.5)

    frame = charted(AppTest.from_function(script).run())
    assert list(frame["raw"]) == [1.0, 3.0]
    assert list(frame["y"]) == pytest.approx([1.0, 3.5 / 1.5], rel=1e-5)


@pytest.mark.parametrize("kind", [GANSettings, VAESettings])
def test_the_comment_beside_a_setting_becomes_its_help(kind: type) -> None:
    help_texts = setting_fields.field_help(kind)
    assert help_texts["learning_rate_final"] == "At the end; half a cosine lies between"
    assert "kl_weight" not in setting_fields.field_help(GANSettings)


def test_every_setting_becomes_a_field_that_gives_back_its_value() -> None:
    def script() -> None:
        import dataclasses

        import streamlit as st

        from core.training.gan_settings import GANSettings
        from ui import setting_fields

        settings = GANSettings()
        names = [field.name for field in dataclasses.fields(settings)]
        chosen = {name: setting_fields.field(settings, name, key_prefix="t") for name in names}
        st.session_state["same"] = chosen == dataclasses.asdict(settings)

    app = AppTest.from_function(script).run()
    assert not app.exception, app.exception
    assert app.session_state["same"]
