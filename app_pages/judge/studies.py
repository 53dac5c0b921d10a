"""Studies: ask people how convincing generated pictures are, share the link, read what they answered."""

import streamlit as st

from core.catalog.catalog import Catalog, CatalogError
from core.errors import NotFoundError
from core.studies.study import Study, list_studies, open_study
from core.studies.votes_table import ingest_votes
from ui import access, lab, study_conditions, study_form, study_results, study_sharing
from ui.markup import harmless
from ui.rating import journal_at, study_at
from ui.storage_notice import say_if_ratings_do_not_last

access.require_owner()


def main() -> None:
    study_id = st.query_params.get("study")
    if not study_id:
        _overview()
        return
    try:
        study = study_at(open_study(lab.workspace(), study_id).path)
    except NotFoundError as error:
        st.title("Studies", anchor=False)
        say_if_ratings_do_not_last()
        st.error(harmless(str(error)))
        st.button("All studies", icon=":material/arrow_back:", on_click=access.owner_action(_show_all))
        return
    _study_page(study)


# ---- all studies -----------------------------------------------------------------------------------------------------


def _overview() -> None:
    st.title("Studies", anchor=False)
    say_if_ratings_do_not_last()
    st.caption(
        "Ask people. They judge generated, restyled and real pictures, mixed and unmarked, by a link and without an "
        "account."
    )
    studies = list_studies(lab.workspace())
    asked_for_one = "run" in st.query_params or study_conditions.was_asked_about()
    if studies and not asked_for_one:
        _list(studies)
    if not asked_for_one and studies:
        with st.expander("New study", icon=":material/add:"):
            _create()
    else:
        st.subheader("New study", anchor=False)
        _create()


def _list(studies: list[Study]) -> None:
    for study in studies:
        journal = journal_at(study.path)
        snapshot = journal.snapshot()
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.markdown(f"**{_plain(study.title)}**")
                st.caption(
                    f"{study_sharing.state(study, journal)} · {study.design.scale.title.lower()} · "
                    f"{len(study.items)} pictures · {_count(len(snapshot.votes), 'vote')} · "
                    f"{_count(len(snapshot.raters), 'rater')} · {study.created[:10]}"
                )
            st.button(
                "Open",
                key=f"open-{study.id}",
                icon=":material/arrow_forward:",
                on_click=access.owner_action(_show),
                args=(study.id,),
            )


def _create() -> None:
    study = study_form.new_study()
    if study is not None:
        study_conditions.forget_gallery()
        _show(study.id)
        st.rerun()


# ---- one study -------------------------------------------------------------------------------------------------------


def _study_page(study: Study) -> None:
    st.button("All studies", icon=":material/arrow_back:", type="tertiary", on_click=access.owner_action(_show_all))
    st.title(_plain(study.title), anchor=False)
    say_if_ratings_do_not_last()
    st.caption(
        f"{_plain(study.design.question)} · {study.design.scale.title.lower()} · {len(study.items)} pictures · "
        f"opened {study.created[:10]}"
    )
    for condition in study.conditions:
        for note in condition.notes:
            st.warning(harmless(note))
    study_sharing.show(study, journal_at(study.path))
    study_results.show(study)
    _bring_votes_into_catalog()


def _show(study_id: str) -> None:
    st.query_params.clear()
    st.query_params["study"] = study_id


def _show_all() -> None:
    st.query_params.clear()


def _bring_votes_into_catalog() -> None:
    """The results here come from the journals, so a catalog that another process holds is no reason to stop."""
    try:
        with Catalog(lab.workspace().catalog) as catalog:
            ingest_votes(catalog, lab.workspace())
    except CatalogError as error:
        st.caption(f"The votes are complete, but the catalog's table of them is not up to date: {error}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(text: str) -> str:
    """Text that people wrote, as it stands: no markdown."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|<>~$:" else letter for letter in text)


main()
