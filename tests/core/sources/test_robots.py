"""robots.txt: what its rules and its absence mean."""

import pytest

from core.sources.artwork import ItemError
from core.sources.web.addresses import AddressGuard, Target
from core.sources.web.robots import ASKED_AGAIN_SECONDS, KEPT_SECONDS, READ_BYTES, RobotsRules, robots_url

NOW = 1_700_000_000.0
PLAIN = [("Content-Type", "text/plain")]
PAGE = [("Content-Type", "text/html")]


def target(path: str = "/") -> Target:
    return AddressGuard().target(f"https://museum.example{path}")


def rules(text: str) -> RobotsRules:
    return RobotsRules.from_answer(200, PLAIN, text.encode(), now=NOW)


def may(found: RobotsRules, path: str) -> bool:
    return found.allowed(target(path).url)


def test_disallowed_paths_are_refused_and_the_longest_matching_line_wins():
    found = rules(
        "User-agent: *\nDisallow: /private\nAllow: /private/open\n\nSitemap: https://museum.example/map.xml\n"
    )
    assert may(found, "/images/a.jpg")
    assert not may(found, "/private/a.jpg")
    assert may(found, "/private/open/a.jpg")


def test_a_group_that_names_us_holds_in_place_of_the_one_for_all():
    found = rules("User-agent: *\nDisallow: /\n\nUser-agent: Atelier\nDisallow: /drafts\nCrawl-delay: 3\n")
    assert may(found, "/images/a.jpg")
    assert not may(found, "/drafts/a.jpg")
    assert found.crawl_delay() == 3.0


def test_groups_for_others_do_not_concern_us():
    found = rules("User-agent: otherbot\nDisallow: /\nCrawl-delay: 60\n\nUser-agent: *\nDisallow: /a\n")
    assert may(found, "/images")
    assert found.crawl_delay() is None


def test_wildcards_ends_and_encoded_characters_are_matched():
    found = rules("User-agent: *\nDisallow: /*.tif$\nDisallow: /grünewald\n")
    assert not may(found, "/a/b.tif")
    assert may(found, "/a/b.tif?size=1")
    assert not may(found, "/gr%C3%BCnewald/a.jpg")


def test_crawl_delay_and_request_rate_give_the_longer_wait():
    assert rules("User-agent: *\nCrawl-delay: 2.5\n").crawl_delay() == 2.5
    assert rules("User-agent: *\nCrawl-delay: 2\nRequest-rate: 1/10s\n").crawl_delay() == 10.0
    assert rules("User-agent: *\nCrawl-delay: soon\n").crawl_delay() is None
    assert rules("").crawl_delay() is None


def test_a_refusal_is_final_and_names_the_host_the_line_and_the_way_around_it():
    found = rules("User-agent: somebody\nUser-agent: *\nDisallow: /a\nDisallow: /a/b # closed\n")
    with pytest.raises(ItemError) as caught:
        found.check(target("/a/b/c.jpg"))
    error = caught.value
    assert (error.reason, error.final, error.attempts) == ("robots", True, 0)
    for words in ("museum.example", "/a/b/c.jpg", "“Disallow: /a/b” for “User-agent: *”", "write the reason"):
        assert words in str(error)


def test_the_line_in_a_refusal_is_of_the_group_that_holds_for_us():
    found = rules("User-agent: otherbot\nDisallow: /images/long\n\nUser-agent: atelier\nAllow: /x\nDisallow: /images\n")
    with pytest.raises(ItemError, match="“Disallow: /images” for “User-agent: atelier”"):
        found.check(target("/images/long/a.jpg"))


def test_a_reason_of_the_owner_overrides_a_refusal_and_is_given_back_to_be_logged():
    found = rules("User-agent: *\nDisallow: /\n")
    assert found.check(target("/a"), override=" The museum allowed it by mail. ") == "The museum allowed it by mail."
    with pytest.raises(ItemError):
        found.check(target("/a"), override="  ")


def test_nothing_is_logged_as_overridden_where_the_rules_allow_it_anyway():
    assert rules("User-agent: *\nDisallow: /b\n").check(target("/a"), override="The museum allowed it.") == ""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_robots_txt_that_is_not_there_allows_everything_and_says_with_which_status(status):
    found = RobotsRules.from_answer(status, PAGE, b"<html>User-agent: *\nDisallow: /\n", now=NOW)
    assert may(found, "/a")
    assert str(status) in found.note


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_a_robots_txt_that_fails_closes_the_host_for_now_and_not_for_good(status):
    found = RobotsRules.from_answer(status, PLAIN, b"", now=NOW)
    assert not may(found, "/a")
    with pytest.raises(ItemError) as caught:
        found.check(target("/a"))
    assert (caught.value.reason, caught.value.final) == ("robots", False)
    assert str(status) in str(caught.value)
    assert found.check(target("/a"), override="The museum allowed it.") == "The museum allowed it."


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_challenge_in_place_of_robots_txt_is_no_permission(status):
    headers = [("Content-Type", "text/html"), ("Server", "cloudflare"), ("cf-mitigated", "challenge")]
    found = RobotsRules.from_answer(status, headers, b"<html><title>Just a moment...</title>", now=NOW)
    assert not may(found, "/a")
    assert "Cloudflare" in found.note


def test_too_many_redirects_count_as_no_rules():
    found = RobotsRules.from_answer(301, [], b"", now=NOW)
    assert may(found, "/a")
    assert "redirects" in found.note


def test_a_web_page_in_place_of_robots_txt_holds_no_rules():
    found = RobotsRules.from_answer(200, PAGE, b"<!DOCTYPE html>\nUser-agent: *\nDisallow: /\n", now=NOW)
    assert may(found, "/a")
    assert "web page" in found.note


def test_an_empty_robots_txt_allows_everything():
    assert may(rules(""), "/a")
    assert may(RobotsRules.from_answer(204, [], b"", now=NOW), "/a")


def test_a_byte_order_mark_and_foreign_bytes_spoil_no_rule():
    found = RobotsRules.from_answer(200, PLAIN, b"\xef\xbb\xbfUser-agent: *\n# caf\xe9\nDisallow: /a\n", now=NOW)
    assert not may(found, "/a")
    assert may(found, "/b")


def test_what_is_beyond_the_limit_is_not_read_and_a_line_cut_there_says_nothing():
    start = b"User-agent: *\nDisallow: /a\n"
    filler = b"#" * (READ_BYTES - len(start) - len(b"\nDisallow: /") - 0)
    body = start + filler + b"\nDisallow: /far-away\nDisallow: /b\n"
    assert body[:READ_BYTES].endswith(b"Disallow: /")
    found = RobotsRules.from_answer(200, PLAIN, body, now=NOW)
    assert not may(found, "/a")
    assert may(found, "/b")
    assert may(found, "/c")


def test_rules_are_kept_for_a_day_and_a_failure_for_minutes():
    read, failed = rules("User-agent: *\n"), RobotsRules.unreachable("No answer.", now=NOW)
    assert read.is_fresh(NOW + KEPT_SECONDS - 1)
    assert not read.is_fresh(NOW + KEPT_SECONDS)
    assert failed.is_fresh(NOW + ASKED_AGAIN_SECONDS - 1)
    assert not failed.is_fresh(NOW + ASKED_AGAIN_SECONDS)


def test_rules_from_a_clock_that_was_ahead_are_read_again():
    assert not rules("User-agent: *\n").is_fresh(NOW - 3600)


def test_rules_read_before_go_on_to_hold_while_robots_txt_cannot_be_had():
    before = rules("User-agent: *\nDisallow: /a\n")
    later = NOW + KEPT_SECONDS
    now = before.renewed(RobotsRules.unreachable("No answer in time.", now=later))
    assert may(now, "/b")
    assert not may(now, "/a")
    assert "No answer in time." in now.note
    assert now.is_fresh(later + 1)
    assert not now.is_fresh(later + ASKED_AGAIN_SECONDS)


def test_newer_rules_replace_older_ones_and_failures():
    newer = rules("User-agent: *\nDisallow: /b\n")
    assert rules("User-agent: *\nDisallow: /a\n").renewed(newer) == newer
    assert RobotsRules.unreachable("No answer.", now=NOW).renewed(newer) == newer
    still = RobotsRules.unreachable("Still no answer.", now=NOW + 1)
    assert RobotsRules.unreachable("No answer.", now=NOW).renewed(still) == still


def test_rules_survive_being_written_down():
    for found in (rules("User-agent: *\nDisallow: /ä\n"), RobotsRules.unreachable("No answer.", now=NOW)):
        again = RobotsRules.from_json(found.to_json())
        assert again == found
        assert may(again, "/b") == may(found, "/b")


def test_each_scheme_and_port_has_its_own_robots_txt():
    guard = AddressGuard()
    assert robots_url(guard.target("https://museum.example/a?b")) == "https://museum.example/robots.txt"
    assert robots_url(guard.target("http://museum.example:8080/a")) == "http://museum.example:8080/robots.txt"
