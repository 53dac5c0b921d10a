"""Verdicts about pairs, and thresholds of a collection, outlive the process that was told them."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.judging import QualitySettings
from core.errors import AtelierError, ConfigError, NotFoundError
from core.workspace import Workspace
from tests.core.catalog.ledgers import sha


def test_verdicts_are_remembered_whichever_picture_is_named_first(filled: Catalog, workspace: Workspace) -> None:
    assert filled.judge([(sha(1), sha(2), "same"), (sha(3), sha(2), "different")], who="Eve").pictures == 3
    filled.judge([(sha(2), sha(1), "different")])
    filled.close()
    with Catalog(workspace.catalog) as again:
        found = again.verdicts()
        assert (found.get(sha(1), sha(2)), found.get(sha(2), sha(3))) == ("different", "different")
        assert {(pair.who, pair.verdict) for pair in again.pair_verdicts()} == {
            ("owner", "different"),
            ("Eve", "different"),
        }
        again.ask_again([(sha(3), sha(2))])
        assert len(again.verdicts()) == 1


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([(sha(1), sha(2), "maybe")], ConfigError),
        ([(sha(1), sha(1), "same")], ConfigError),
        ([(sha(1), sha(2), "same"), (sha(1), sha(99), "same")], UnknownPicturesError),
        ([], ConfigError),
    ],
)
def test_a_verdict_that_cannot_be_leaves_all_as_it_was(
    filled: Catalog, pairs: list[tuple[str, str, str]], error: type[AtelierError]
) -> None:
    with pytest.raises(error):
        filled.judge(pairs)
    assert len(filled.verdicts()) == 0


def test_each_collection_has_thresholds_of_its_own(filled: Catalog) -> None:
    settings = QualitySettings({"dark": 0.2}, ("odd_aspect_ratio",))
    filled.set_quality("seas", settings)
    assert filled.quality_settings("seas") == settings
    assert filled.quality_settings("hills") == QualitySettings({})
    filled.set_quality("seas", QualitySettings({"light": 0.9}))
    assert filled.quality_settings("seas").to_json() == {"thresholds": {"light": 0.9}, "normal": []}


def test_settings_of_what_is_not_known_are_refused(filled: Catalog) -> None:
    with pytest.raises(NotFoundError):
        filled.set_quality("nowhere", QualitySettings({}))
    with pytest.raises(NotFoundError):
        filled.set_quality("seas", QualitySettings({}, ("ugly",)))
    with pytest.raises(AtelierError):
        filled.set_quality("seas", QualitySettings({"ugly": 0.1}))
    with pytest.raises(AtelierError):
        filled.set_quality("seas", QualitySettings({"dark": float("nan")}))
