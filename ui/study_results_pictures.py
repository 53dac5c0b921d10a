"""The pictures of a study with what people said of them, and where they pointed."""

import base64
import io
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.studies.results.regions import RegionMap
from core.studies.results.scores import condition_names
from core.studies.results.study_results import ItemResult, StudyResults
from core.studies.study import Study
from ui.jobs import plain
from ui.rating import study_at

_THUMBNAIL = 192  # pixels, longest side
_SHOWN = 72  # CSS pixels: four in a row of half a page, or of a phone
_EACH = 4
_MAP_SHOWN = 164  # CSS pixels


def best_and_worst(found: StudyResults) -> None:
    """Of each condition the pictures that people rated highest and lowest."""
    study = found.study
    names = condition_names(study.conditions)
    words = {
        "rating": ("Rated highest", "Rated lowest"),
        "detection": ("Most often taken for real", "Least often taken for real"),
        "preference": ("Preferred most often", "Preferred least often"),
    }[study.design.scale.measure]
    for condition in study.conditions:
        items = [item for item in found.items if item.condition.id == condition.id]
        if not items:
            continue
        what = "" if names[condition.id] == condition.label else f"{plain(condition.label)} · "
        st.markdown(f"**{plain(names[condition.id])}** :small[:gray[{what}{len(items)} of {condition.count} judged]]")
        shown = min(_EACH, (len(items) + 1) // 2)
        best, worst = st.columns(2, gap="large")
        with best:
            st.caption(words[0])
            _row(study, items[:shown], alt=words[0])
        least = items[::-1][: min(shown, len(items) - shown)]
        if least:
            with worst:
                st.caption(words[1])
                _row(study, least, alt=words[1])


def _row(study: Study, items: list[ItemResult], *, alt: str) -> None:
    is_share = study.design.scale.measure != "rating"
    with st.container(horizontal=True, gap="small"):
        for item in items:
            said = f"{100 * item.mean:.0f} %" if is_share else f"{item.mean:.1f}"
            st.image(
                thumbnail(study.path, item.item),
                caption=f"{said} · {item.judgements}×",
                width=_SHOWN,
                alt=f"{alt}: {said}",
            )


def region_maps(found: StudyResults) -> None:
    """Where raters pointed, over the mean of each condition's pictures."""
    if not found.regions:
        return
    names = condition_names(found.study.conditions)
    st.subheader("What gave it away", anchor=False)
    st.caption(
        "Where raters pointed, brighter where more did, over the average of all pictures of the condition. A spot in "
        "the same place of many pictures is a habit of the model."
    )
    with st.container(horizontal=True, gap="medium"):
        for region in found.regions:
            name = names[region.condition.id]
            st.image(
                region_picture(found.study.path, region.condition.id, region),
                caption=f"{plain(name)} · {len(region.points)} points by {region.raters} raters, most {region.peak}",
                width=_MAP_SHOWN,
                alt=f"Heat map of where raters pointed in pictures of {name}: most often {region.peak}",
            )


def region_picture(study_path: Path, condition_id: str, region: RegionMap) -> str:
    """The mean picture of a condition in grey, points glowing on it, as a data URL."""
    under = _mean_picture(study_path, condition_id)
    heat = Image.fromarray((255 * region.heat).astype(np.uint8)).resize(under.size, Image.Resampling.BICUBIC)
    strength = np.asarray(heat, dtype=np.float32)[:, :, None] / 255
    grey = np.asarray(under, dtype=np.float32)[:, :, None] * 0.75
    glow = np.array([255, 120, 40], dtype=np.float32)
    mixed = grey * (1 - 0.85 * strength) + glow * 0.85 * strength + 40 * strength**3
    return _data_url(Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)))


@st.cache_data(show_spinner=False, max_entries=200)
def _mean_picture(study_path: Path, condition_id: str) -> Image.Image:
    study = study_at(study_path)
    items = [item.id for item in study.items.values() if item.condition == condition_id][:30]
    total = np.zeros((_THUMBNAIL, _THUMBNAIL), dtype=np.float64)
    for item in items:
        with Image.open(io.BytesIO(study.picture(item))) as picture:
            total += np.asarray(picture.convert("L").resize((_THUMBNAIL, _THUMBNAIL)), dtype=np.float64)
    mean = Image.fromarray((total / max(1, len(items))).astype(np.uint8))
    width, height = study.display_size
    scale = _THUMBNAIL / max(width, height)
    return mean.resize((max(1, round(width * scale)), max(1, round(height * scale))))


@st.cache_data(show_spinner=False, max_entries=4000)
def thumbnail(study_path: Path, item_id: str) -> str:
    """A frozen picture, small, as a data URL: a page of them is one message instead of many requests."""
    with Image.open(io.BytesIO(study_at(study_path).picture(item_id))) as picture:
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        return _data_url(picture)


def _data_url(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
