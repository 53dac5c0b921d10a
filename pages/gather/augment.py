"""Augment: choose pictures and a recipe, see what becomes of them, build a dataset."""

import streamlit as st

from core.catalog.selection import Selection
from core.datasets.build import checked_name, free_name, refuse_taken_name
from core.datasets.job import built_dataset_id, submit_build
from core.datasets.listing import broken_datasets, find_contents, list_datasets
from core.datasets.plan import NEAR_SOLID, REPEATED, TOO_NARROW, UNREADABLE, Plan
from core.datasets.recipe import COPIES, PAD_COLOURS, Recipe
from core.errors import AtelierError
from core.jobs.folder import JobFolder, list_jobs
from ui import lab
from ui.augment_data import measured, planned
from ui.augment_left_out import show_near_solid, show_others, show_too_narrow
from ui.augment_preview import show_before_and_after, show_strip

RESOLUTIONS = [32, 48, 64, 96, 128, 192, 256]
FIT_LABELS = {"crop": "Centre crop", "smart": "Smart crop", "squash": "Squash", "pad": "Pad"}
COPY_LABELS = {
    "flip-lr": "Mirrored",
    "flip-tb": "Upside down",
    "rot90": "90°",
    "rot180": "180°",
    "rot270": "270°",
}
HANDFUL = 6
DEFAULTS = Recipe()


def main() -> None:
    st.title("Augment")
    st.caption("Fit pictures to one square size, leave out what would not help, add turned copies, hold some back.")
    catalog = lab.catalog()
    collections = [entry.name for entry in catalog.collections()]
    if not collections:
        st.info(
            "There are no pictures yet. A dataset is made from a collection.", icon=":material/add_photo_alternate:"
        )
        st.page_link("pages/gather/collect.py", label="Collect pictures", icon=":material/arrow_forward:")
        show_datasets()
        return

    controls, results = st.columns([5, 12], gap="large")
    with controls:
        selection = ask_selection(catalog, collections)
        recipe = ask_recipe()
    with results:
        pictures = tuple(catalog.pictures_for(selection))
        plan = planned(pictures, recipe, measured(lab.workspace(), pictures))
        show_counts(plan)
        ask_build(plan, selection)
        show_pictures(plan)
    show_datasets()


def ask_selection(catalog, collections: list[str]) -> Selection:
    st.subheader("Pictures")
    chosen = st.multiselect(
        "Collections", collections, key="collection", bind="query-params", placeholder="All collections"
    )
    artists = [name for name, _ in catalog.artists(Selection(collections=chosen)) if name]
    with st.expander("Narrow down", icon=":material/filter_list:"):
        by = st.multiselect("Artists", artists, key="artist", bind="query-params", placeholder="All artists")
        text = st.text_input("Words in title, style, tags", key="text", bind="query-params")
        least = st.number_input("Least short side (pixels)", 0, 4096, 0, step=32, key="least", bind="query-params")
    return Selection(collections=chosen, artists=by, text=text, min_side=least or None)


def ask_recipe() -> Recipe:
    st.subheader("Fit")
    resolution = st.segmented_control(
        "Resolution (pixels)",
        RESOLUTIONS,
        default=DEFAULTS.resolution,
        required=True,
        wrap=True,
        key="resolution",
        bind="query-params",
        help="Side of the square. 64 px is where most models here start; 32 px trains on any laptop.",
    )
    fit = st.segmented_control(
        "Pictures that are not square",
        list(FIT_LABELS),
        format_func=FIT_LABELS.get,
        default=DEFAULTS.fit,
        required=True,
        wrap=True,
        key="fit",
        bind="query-params",
        help="Smart crop slides the square to where the picture has most edges and unusual colours.",
    )
    pad_colour = DEFAULTS.pad_colour
    if fit == "pad":
        pad_colour = st.segmented_control(
            "Bars in",
            list(PAD_COLOURS),
            format_func={"edge": "Edge colour", "white": "White", "black": "Black"}.get,
            default="edge",
            required=True,
            key="bars",
            bind="query-params",
        )

    st.subheader("Leave out")
    verb = {"squash": "is squashed by", "pad": "would be padding by"}.get(fit, "loses")
    cut = st.slider(
        f"Too narrow: {verb} more than",
        0,
        100,
        round(DEFAULTS.max_cut_share * 100),
        format="%d %%",
        key="narrow",
        bind="query-params",
    )
    least_deviation = st.slider(
        "Near-solid: deviation under",
        0.0,
        40.0,
        DEFAULTS.min_deviation,
        0.5,
        key="solid",
        bind="query-params",
        help="How far the fitted picture's colours lie from their mean, on the scale 0 to 255. 0 keeps all.",
    )

    st.subheader("Add copies")
    copies = st.pills(
        "Of each training picture",
        list(COPIES),
        format_func=COPY_LABELS.get,
        selection_mode="multi",
        wrap=True,
        key="copies",
        bind="query-params",
        help="Turned copies help small collections, but a model learns to paint them too: leave out what would look "
        "wrong (a signature mirrored, a horizon upside down).",
    )

    st.subheader("Hold back")
    held = st.slider("For measuring", 0, 50, 10, format="%d %%", key="held", bind="query-params")
    seed = st.number_input(
        "Draw", 0, 9999, 0, key="draw", bind="query-params", help="Which ones: another number, another draw."
    )
    return Recipe(
        resolution=resolution,
        fit=fit,
        pad_colour=pad_colour,
        copies=tuple(copies),
        max_cut_share=cut / 100,
        min_deviation=least_deviation,
        test_share=held / 100,
        seed=seed,
    )


def show_counts(plan: Plan) -> None:
    counts, dropped = plan.counts, plan.counts.dropped
    with st.container(horizontal=True, gap="medium", key="counts"):
        st.metric("Chosen", f"{counts.pictures:,}")
        if dropped[REPEATED]:
            st.metric("Repeated", f"−{dropped[REPEATED]:,}")
        if dropped[UNREADABLE]:
            st.metric("Unreadable", f"−{dropped[UNREADABLE]:,}")
        st.metric("Too narrow", f"−{dropped[TOO_NARROW]:,}")
        st.metric("Near-solid", f"−{dropped[NEAR_SOLID]:,}")
        st.metric("Kept", f"{counts.kept:,}")
        st.metric("To train on", f"{counts.train + counts.copies:,}", help="Training pictures and their copies.")
        st.metric("Held back", f"{counts.test:,}", help="As they are, without copies; never trained on.")
    if counts.copies:
        st.caption(
            f"{counts.train:,} pictures to train on, each {1 + len(plan.recipe.copies)} times. Copies are made for "
            "training only."
        )
    if counts.enlarged:
        st.caption(
            f"{counts.enlarged:,} of the kept pictures are smaller than {plan.recipe.resolution} px and are enlarged."
        )


def ask_build(plan: Plan, selection: Selection) -> None:
    workspace = lab.workspace()
    label = ", ".join(selection.collections) or "All pictures"
    suggested = free_name(workspace, f"{label} {plan.recipe.resolution}"[:76])
    existing = find_contents(workspace, plan.content_hash())
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        name = (
            st.text_input("Name of the dataset", placeholder=suggested, max_chars=80, key="dataset_name") or suggested
        )
        problem = "" if existing else _problem(name, plan)
        pressed = st.button(
            "Build dataset",
            type="primary",
            icon=":material/dataset:",
            disabled=bool(existing or problem or not plan.counts.train),
        )
    if existing:
        st.info(
            f"This is built already: **{existing.name}**, with the same pictures and recipe.", icon=":material/check:"
        )
        train_link(existing.id, existing.name)
    elif problem:
        st.error(problem)
    elif not plan.counts.train:
        st.warning("Nothing is left to train on. Loosen the filters or the two limits.")
    if pressed:
        try:
            job = submit_build(
                workspace, [v.picture for v in plan.verdicts], plan.recipe, name=name, selection=selection.to_json()
            )
            st.session_state["augment_job"] = job.id
        except AtelierError as error:
            st.error(str(error))
    show_builds()


def _problem(name: str, plan: Plan) -> str:
    try:
        refuse_taken_name(lab.workspace(), checked_name(name), plan.content_hash())
    except AtelierError as error:
        return str(error)
    return ""


def show_builds() -> None:
    """Builds under way, whoever started them, and the last one started here."""
    workspace = lab.workspace()
    own = st.session_state.get("augment_job")
    for job in list_jobs(workspace):
        if job.kind == "build" and (job.is_active or job.id == own):
            job_card(job)
            if dataset_id := built_dataset_id(job):
                train_link(dataset_id, job.settings["name"])


def job_card(job: JobFolder) -> None:
    from ui.jobs import job_card as card

    card(job)


def train_link(dataset_id: str, name: str) -> None:
    st.page_link(
        "pages/make/train.py",
        label=f"Train on {name}",
        icon=":material/model_training:",
        query_params={"dataset": dataset_id},
    )


def show_pictures(plan: Plan) -> None:
    workspace = lab.workspace()
    views = {
        "Before and after": lambda: show_handful(plan),
        "Too narrow": lambda: show_too_narrow(workspace, plan),
        "Near-solid": lambda: show_near_solid(workspace, plan),
    }
    if plan.counts.dropped[REPEATED] or plan.counts.dropped[UNREADABLE]:
        views["Others left out"] = lambda: show_others(workspace, plan)
    for tab, show in zip(st.tabs(list(views), on_change="rerun", key="view"), views.values(), strict=True):
        if tab.open:  # the other ones are not even computed
            with tab:
                show()


def show_handful(plan: Plan) -> None:
    if not plan.kept:
        st.info("No picture is kept with these settings.")
        return
    shuffle = st.session_state.setdefault("augment_shuffle", 0)
    if st.button("Reshuffle", icon=":material/shuffle:"):
        shuffle += 1
        st.session_state["augment_shuffle"] = shuffle
    show_before_and_after(lab.workspace(), handful(plan, shuffle), plan.recipe)


def handful(plan: Plan, shuffle: int):
    import numpy as np

    generator = np.random.default_rng(shuffle)
    chosen = generator.permutation(len(plan.kept))[:HANDFUL]
    return [plan.kept[number] for number in chosen]


def show_datasets() -> None:
    workspace = lab.workspace()
    datasets = list_datasets(workspace)
    st.space("medium")
    st.header("Datasets")
    for problem in broken_datasets(workspace):
        st.error(problem)
    if not datasets:
        st.caption("None yet. What is built here appears below, ready to train on.")
    for dataset in datasets:
        counts = dataset.counts
        with st.container(border=True):
            st.markdown(f"**{dataset.name}**")
            st.caption(
                f"{counts['kept']:,} of {counts['pictures']:,} pictures · {counts['train'] + counts['copies']:,} to "
                f"train on · {counts['test']:,} held back · {dataset.recipe.in_words()}"
            )
            show_strip(dataset.folder, dataset.content_hash)
            train_link(dataset.id, dataset.name)


main()
