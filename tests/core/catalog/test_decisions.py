"""Who decided what about one picture."""

from core.catalog.catalog import Catalog
from core.catalog.decisions import decisions_about
from core.catalog.quality import call_normal, flags_of_picture
from tests.core.catalog.ledgers import Jobs, sha


def test_every_decision_comes_with_who_made_it(filled: Catalog) -> None:
    assert decisions_about(filled, sha(2)).exclusion is None
    filled.exclude([sha(2)], "poor scan", who="Eve")
    filled.dismiss([sha(2)], "dark", who="Ada")
    filled.judge([(sha(2), sha(1), "different"), (sha(2), sha(3), "same"), (sha(1), sha(3), "same")], who="Bo")
    found = decisions_about(filled, sha(2))
    assert found.exclusion is not None
    assert (found.exclusion.reason, found.exclusion.who) == ("poor scan", "Eve")
    assert [(verdict.issue, verdict.who) for verdict in found.fine] == [("dark", "Ada")]
    assert {(pair.other, pair.verdict, pair.who) for pair in found.pairs} == {
        (sha(1), "different", "Bo"),
        (sha(3), "same", "Bo"),
    }


def test_a_picture_tells_what_it_is_flagged_for_and_why_that_counts_or_not(catalog: Catalog, jobs: Jobs) -> None:
    rows = [jobs.stored(f"{number}.jpg", number) for number in range(1, 6)]
    for row in rows[:2]:
        row["facts"]["measures"] = {"brightness_p99": 0.2, "entropy": 1.0}
    jobs.collect("seas", rows)
    jobs.ingest(catalog)
    found = flags_of_picture(catalog, sha(1), ("seas",))
    assert [(flag.issue.name, round(flag.value, 3), flag.threshold, flag.counts) for flag in found] == [
        ("dark", 0.2, 0.32, True),
        ("low_information", 1.0, 3.0, True),
    ]
    catalog.dismiss([sha(1)], "dark")
    call_normal(catalog, "seas", "low_information")
    found = flags_of_picture(catalog, sha(1), ("seas",))
    assert [(flag.fine, flag.is_normal, flag.counts) for flag in found] == [(True, False, False), (False, True, False)]
    assert flags_of_picture(catalog, sha(3), ("seas",)) == []
