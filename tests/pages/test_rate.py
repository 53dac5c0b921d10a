"""The page that raters see. What happens inside the rating card itself is tested in a browser."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AtelierError
from core.studies import errors
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.kinds import KINDS
from core.studies.languages import TEXTS
from core.studies.links import access, close_study, invite, replace_link
from core.studies.study import Study
from core.studies.voting import ballot, cast, join, rater_of_invitation
from core.studies.wording import Wording, usual
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures
from ui.rating_words import explain

_PROJECT = Path(__file__).resolve().parents[2]
_ROUTER = _PROJECT / "streamlit_app.py"
SHOWN = "2026-11-21T10:00:00.000Z"


def new_study(workspace: Workspace, kind: str = "rate-1-to-5", *, each: int = 2, **design: Any) -> Study:
    sources = [DrawnPictures("generated", each, seed=1), DrawnPictures("real", each, seed=2)]
    reference = sources.pop() if kind == "side-by-side" else None
    chosen = StudyDesign(kind=kind, enlargement="pixels", **design)
    return create_study(workspace, "Paintings", chosen, sources, reference=reference)


@pytest.fixture
def study(workspace: Workspace) -> Study:
    wording = replace(usual("rate-1-to-5"), question="How *convincing* is this?")
    return new_study(workspace, wordings={"en": wording})


def open_link(token: str, rater: str = "") -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=30).run()
    app.switch_page("app_pages/judge/rate.py")
    app.query_params["link"] = token
    if rater:
        app.query_params["rater"] = rater
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    kinds = (app.title, app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join(element.value for group in kinds for element in group)


def told(app: AppTest, component: str) -> list[dict[str, Any]]:
    """What the components of a name were told."""
    found = [element.proto for element in app if getattr(element, "type", "") == "bidi_component"]
    return [json.loads(proto.json)[0] for proto in found if proto.component_name == component]


def card(app: AppTest) -> dict[str, Any]:
    return told(app, "rating_card")[0]


def bars(app: AppTest) -> dict[str, str]:
    """The own result, as the card shows it."""
    return {bar["label"]: bar["text"] for bar in told(app, "rating_result")[0]["bars"]}


def rate_all(study: Study, rater: str, answers: tuple[int, int] = (2, 5)) -> VoteJournal:
    """Answer everything: the first answer for generated pictures, the second for real ones."""
    journal = VoteJournal(study.path)
    while (now := ballot(study, journal, rater)).current:
        is_real = study.condition_of(now.current.items[0]).is_real
        presentation = now.current.presentation
        cast(study, journal, rater, presentation, answers[is_real], response_ms=900, shown_at=SHOWN)
    return journal


def test_the_first_screen_says_what_is_asked_and_what_is_kept(study):
    app = open_link(access(study).token)
    said = texts(app)
    assert app.title[0].value == "Paintings"
    assert r"How \*convincing\* is this?" in said
    assert "4 pictures" in said
    assert r"from 1 \(Not at all\) to 5 \(Completely\)" in said
    assert "under a random number" in said
    assert VoteJournal(study.path).events() == []  # opening a link makes nobody a rater


def test_starting_makes_a_rater_whose_id_stays_in_the_url(study):
    app = open_link(access(study).token)
    app.button(key="start").click().run()
    rater = app.query_params["rater"]
    assert VoteJournal(study.path).snapshot().raters.keys() == {rater}
    assert not app.exception
    assert card(app)["question"] == "How *convincing* is this?"


@pytest.mark.parametrize(
    ("kind", "form", "values"),
    [
        ("rate-1-to-5", "scale", [1, 2, 3, 4, 5]),
        ("rate-1-to-10", "scale", list(range(1, 11))),
        ("real-or-generated", "choice", [0, 1]),
        ("better-of-two", "pair", [1, 2]),
        ("side-by-side", "scale", [1, 2, 3, 4, 5]),
    ],
)
def test_every_kind_puts_its_pictures_and_answers_on_the_card(workspace, kind, form, values):
    study = new_study(workspace, kind)
    shown = card(open_link(access(study).token, join(study, VoteJournal(study.path))))
    assert shown["form"] == form
    assert [answer["value"] for answer in shown["answers"]] == values
    assert len(shown["current"]["sources"]) == KINDS[kind].pictures
    assert (shown["current"]["marked"] is not None) == (kind == "side-by-side")
    assert shown["current"]["exposure_ms"] is None
    assert shown["total"] == study.total_shown


def test_no_difference_can_be_answered_where_the_design_allows_it(workspace):
    study = new_study(workspace, "better-of-two", ties=True)
    shown = card(open_link(access(study).token, join(study, VoteJournal(study.path))))
    assert [(answer["value"], answer["label"]) for answer in shown["answers"]] == [
        (1, "Left"),
        (0, "No difference"),
        (2, "Right"),
    ]


@pytest.mark.parametrize(
    ("kind", "asked"), [("rate-1-to-5", [1, 2]), ("rate-1-to-10", [1, 2, 3, 4, 5]), ("real-or-generated", [0])]
)
def test_the_place_is_asked_for_after_a_low_answer_only(workspace, kind, asked):
    study = new_study(workspace, kind, ask_where=True)
    assert card(open_link(access(study).token, join(study, VoteJournal(study.path))))["where"] == asked


def test_timed_studies_warn_of_flicker_and_tell_how_long_to_show(workspace):
    study = new_study(workspace, "real-or-generated", exposure="staircase")
    token = access(study).token
    assert "can cause you seizures" in texts(open_link(token))
    shown = card(open_link(token, join(study, VoteJournal(study.path))))
    assert shown["current"]["exposure_ms"] == 500
    assert shown["upcoming"]["exposure_ms"] is None  # depends on the answer to come


def test_practice_is_marked_and_announced(workspace):
    study = new_study(workspace, "real-or-generated", each=3, practice=2)
    token = access(study).token
    assert "practice (2): you are told whether you were right" in texts(open_link(token)).replace("\\", "")
    shown = card(open_link(token, join(study, VoteJournal(study.path))))
    assert shown["current"]["practice"] is True
    assert shown["upcoming"]["practice"] is True


def test_nothing_starts_without_agreement_where_consent_is_asked(workspace):
    wording = replace(usual("rate-1-to-5"), consent="I agree to *take part*.")
    study = new_study(workspace, wordings={"en": wording})
    app = open_link(access(study).token)
    assert r"I agree to \*take part\*\." in texts(app)
    assert app.button(key="start").disabled
    app.checkbox(key="agree").check().run()
    assert not app.button(key="start").disabled
    app.button(key="start").click().run()
    assert len(VoteJournal(study.path).snapshot().raters) == 1


def test_the_language_is_chosen_once_and_stays_with_the_rater(workspace):
    wordings = {language: usual("better-of-two", language) for language in ("en", "de", "ja")}
    study = new_study(workspace, "better-of-two", wordings=wordings)
    token = access(study).token
    app = open_link(token)
    app.segmented_control(key="language-choice").select("de").run()
    assert "Sie sehen 2 Bildpaare" in texts(app)
    app.button(key="start").click().run()
    assert card(app)["texts"]["undo"] == "Zurücknehmen"
    again = open_link(token, app.query_params["rater"])  # another browser, another session
    assert card(again)["question"] == "Welches der beiden Bilder ist besser?"


def everything_sent(app: AppTest) -> str:
    """All that goes to the browser, as text."""
    return "".join(str(getattr(element, "proto", "")) for element in app)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_that_reaches_the_browser_names_a_condition(workspace, kind):
    plain = {"en": replace(usual(kind), question="Well?", instructions="", lowest="No", highest="Yes")}
    study = new_study(workspace, kind, wordings=plain)
    app = open_link(access(study).token, join(study, VoteJournal(study.path)))
    assert "/mock/media/" in card(app)["current"]["sources"][0]  # the pictures are told: this looks at the right thing
    sent = everything_sent(app).lower()
    for word in ("generated", "real", "condition", "seed", study.id, *study.items, *study.trials):
        assert word not in sent.replace("kind_real", ""), word


@pytest.mark.parametrize("role", ["attention", "repeat"])
def test_attention_items_and_repeats_look_like_all_others(workspace, role):
    study = new_study(workspace, each=4, attention=2, repeats=2)
    rater = join(study, journal := VoteJournal(study.path))
    seen = set()
    while (now := ballot(study, journal, rater)).current:
        shown = card(open_link(access(study).token, rater))["current"]
        seen.add((now.current.role, tuple(sorted(set(shown) - {"id", "sources"})), shown["practice"], shown["marked"]))
        if now.current.role == role:
            break
        cast(study, journal, rater, now.current.presentation, 3, response_ms=900, shown_at=SHOWN)
    assert role in {entry[0] for entry in seen}
    assert len({entry[1:] for entry in seen}) == 1


@pytest.mark.parametrize("token", ["", "nope", "../../etc/passwd"])
def test_a_link_that_opens_nothing_is_refused_in_friendly_words(study, token):
    app = open_link(token)
    assert app.title[0].value == "This link opens nothing"
    assert "ask the person who sent it" in texts(app)


def test_an_unknown_rater_starts_afresh(study):
    app = open_link(access(study).token, "x" * 16)
    assert "you start afresh" in texts(app)
    assert app.button(key="start").label == "Start"


def test_a_closed_study_says_so_and_takes_nothing(study):
    close_study(study)
    app = open_link(access(study).token)
    assert "This study is closed" in texts(app)
    assert not app.button


def test_a_full_study_says_so_at_the_start(workspace):
    study = new_study(workspace, max_raters=1)
    join(study, VoteJournal(study.path))
    app = open_link(access(study).token)
    app.button(key="start").click().run()
    assert "As many people as this study needs" in app.error[0].value
    assert "rater" not in app.query_params


def test_whoever_comes_by_an_invitation_again_is_the_same_rater(study):
    invitation = invite(study, 2).invitations[1]
    app = open_link(invitation.token)
    app.button(key="start").click().run()
    rater = app.query_params["rater"]
    assert rater_of_invitation(VoteJournal(study.path), invitation.id) == rater
    assert card(open_link(invitation.token))["memory"]["rater"] == rater  # in another browser, without the rater's id


def test_a_replaced_link_stops_whoever_has_the_page_open(study):
    token = access(study).token
    app = open_link(token)
    replace_link(study)
    app.button(key="start").click().run()
    assert app.title[0].value == "This link opens nothing"
    assert VoteJournal(study.path).events() == []


def test_at_the_end_the_last_answer_can_be_taken_back_or_the_own_result_seen(study):
    rater = join(study, VoteJournal(study.path))
    journal = rate_all(study, rater)
    app = open_link(access(study).token, rater)
    assert "You answered all 4" in texts(app)
    assert not told(app, "rating_result")  # nothing tells which is which while answers can still change
    app.button(key="undo").click().run()
    assert len(journal.votes()) == 3
    rate_all(study, rater)
    app.run()
    app.button(key="see-result").click().run()
    assert bars(app) == {"Generated pictures": "2.0", "Originals": "5.0"}
    assert "told them apart" in told(app, "rating_result")[0]["notes"][0]
    assert "undo" not in [button.key for button in app.button]


def test_the_own_result_says_how_many_were_caught_and_the_crowd_only_from_five(workspace):
    study = new_study(workspace, "real-or-generated")
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    rate_all(study, rater, (0, 1))
    app = open_link(access(study).token, rater)
    app.button(key="see-result").click().run()
    assert bars(app) == {"You were right": "100%"}
    assert "once 5 people have finished" in told(app, "rating_result")[0]["notes"][1]
    for _ in range(4):
        rate_all(study, join(study, journal), (1, 1))
    app.run()
    assert bars(app) == {"You were right": "100%", "Everybody": "60%"}


def test_a_study_that_shows_no_result_offers_none(workspace):
    study = new_study(workspace, show_result=False)
    rater = join(study, VoteJournal(study.path))
    rate_all(study, rater)
    app = open_link(access(study).token, rater)
    assert "You can close this page now" in texts(app)
    assert "see-result" not in [button.key for button in app.button]


def test_withdrawing_asks_first_and_takes_everything_back(study):
    rater = join(study, VoteJournal(study.path))
    journal = rate_all(study, rater)
    app = open_link(access(study).token, rater)
    app.button(key="withdraw").click().run()
    assert "None of your answers will be used" in texts(app)
    assert len(journal.votes()) == 4
    app.button(key="withdraw-yes").click().run()
    assert journal.votes() == []
    assert app.title[0].value == "You have withdrawn"
    assert "rater" not in app.query_params
    assert open_link(access(study).token, rater).title[0].value == "You have withdrawn"  # the personal address, later


def test_a_full_disk_at_the_start_is_told(study, monkeypatch):
    app = open_link(access(study).token)

    def refuse(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", refuse)
        app.button(key="start").click().run()
    assert "No space left on device" in app.error[0].value
    assert "rater" not in app.query_params


def test_wording_that_looks_like_markup_is_shown_as_it_stands(workspace):
    wording = Wording("# Title? ![x](http://127.0.0.9/x.png) <b>$a$", "**bold** :material/home:")
    study = new_study(workspace, wordings={"en": wording})
    said = texts(open_link(access(study).token))
    assert r"\!\[x\]\(http\://127\.0\.0\.9/x\.png\) \<b\>\$a\$" in said
    assert r"\*\*bold\*\* \:material/home\:" in said


def test_a_server_for_raters_loads_nothing_heavy():
    heavy = ("torch", "duckdb", "pandas", "scipy", "sklearn", "core.catalog", "core.training", "core.models")
    program = f"""
import ast, importlib, sys
for node in ast.walk(ast.parse(open("app_pages/judge/rate.py").read())):
    if isinstance(node, ast.ImportFrom):
        importlib.import_module(node.module)
        for name in node.names:
            if node.module == "ui":
                importlib.import_module("ui." + name.name)
importlib.import_module("ui.access")
loaded = [name for name in {heavy} if any(m == name or m.startswith(name + ".") for m in sys.modules)]
assert "core.studies.voting" in sys.modules and "ui.rating" in sys.modules
print(loaded)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_error_of_rating_is_told_in_the_raters_language(language):
    raised = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AtelierError)]
    made = [kind("E5") if kind in (errors.JournalError, errors.VoteNotSavedError) else kind() for kind in raised[2:]]
    assert {type(error) for error in made} == set(raised) - {AtelierError, errors.StudyError}
    for error in made:
        said = explain(error, TEXTS[language])
        assert language == "en" or said != str(error)
        assert "{" not in said
        assert "E5" in said or not hasattr(error, "reason")
