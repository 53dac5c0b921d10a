"""Failed attempts bring waits that double, for one address and for all, over restarts."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.access.attempts import FOR_ALL, PER_ADDRESS, Attempts, DamagedAttemptsError, TooManyAttemptsError

GUESSER, OWNER = "203.0.113.5", "198.51.100.7"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(tmp_path: Path, clock: Clock) -> Attempts:
    return Attempts(tmp_path, "sign-ins", clock=clock)


def fail(attempts: Attempts, clock: Clock, address: str = GUESSER, times: int = 1) -> None:
    """Guess wrongly, each time as soon as it is allowed."""
    for _ in range(times):
        clock.now += attempts.seconds_to_wait(address)
        assert not attempts.attempt(address, lambda: False)


def test_three_slips_are_free_and_then_waits_double(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=PER_ADDRESS.free)
    waits = []
    for _ in range(12):
        fail(attempts, clock)
        waits.append(attempts.seconds_to_wait(GUESSER))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_while_waiting_nothing_is_verified_and_nothing_is_counted(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    for _ in range(50):
        with pytest.raises(TooManyAttemptsError):
            attempts.attempt(GUESSER, lambda: pytest.fail("verified although it had to wait"))
    assert attempts.seconds_to_wait(GUESSER) == 4


def test_another_address_does_not_wait(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    assert attempts.seconds_to_wait(OWNER) == 0


def test_a_restart_forgets_nothing(attempts: Attempts, tmp_path: Path, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    again = Attempts(tmp_path, "sign-ins", clock=clock)
    assert again.seconds_to_wait(GUESSER) == 4


def test_success_clears_an_address(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    clock.now += 4
    assert attempts.attempt(GUESSER, lambda: True)
    assert attempts.seconds_to_wait(GUESSER) == 0


def test_guessing_from_many_addresses_slows_everybody_but_who_signed_in_before(
    attempts: Attempts, clock: Clock
) -> None:
    assert attempts.attempt(OWNER, lambda: True)
    for number in range(FOR_ALL.free + 4):
        fail(attempts, clock, f"203.0.113.{number}")
    fail(attempts, clock, "203.0.113.250")
    assert attempts.seconds_to_wait("192.0.2.1") == 16
    assert attempts.seconds_to_wait(OWNER) == 0


def test_all_together_get_no_more_than_one_guess_in_half_a_minute(attempts: Attempts, clock: Clock) -> None:
    began, guesses = clock.now, 0
    while clock.now < began + 3600:
        try:
            attempts.attempt(f"10.{guesses // 250}.{guesses % 250}.1", lambda: False)
            guesses += 1
        except TooManyAttemptsError as wait:
            clock.now += wait.seconds
    assert guesses <= FOR_ALL.free + 6 + 3600 / FOR_ALL.longest_seconds


def test_guesses_made_at_once_are_looked_at_one_by_one(tmp_path: Path, clock: Clock) -> None:
    verified = []

    def guess(_: int) -> None:
        one = Attempts(tmp_path, "sign-ins", clock=clock)
        with contextlib.suppress(TooManyAttemptsError):
            one.attempt(GUESSER, lambda: bool(verified.append(1)))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(guess, range(40)))
    assert len(verified) == PER_ADDRESS.free + 1


def test_a_clock_that_was_set_back_makes_nobody_wait_longer(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    clock.now -= 1_000_000
    assert attempts.seconds_to_wait(GUESSER) == 4


def test_a_day_without_failure_forgets_them(attempts: Attempts, clock: Clock) -> None:
    fail(attempts, clock, times=6)
    clock.now += PER_ADDRESS.forget_seconds + 1
    fail(attempts, clock)
    assert attempts.seconds_to_wait(GUESSER) == 0


def test_addresses_do_not_stand_on_the_disk(attempts: Attempts, tmp_path: Path, clock: Clock) -> None:
    fail(attempts, clock)
    assert GUESSER not in (tmp_path / "sign-ins.json").read_text()


def test_a_damaged_file_lets_nobody_in_and_says_which(attempts: Attempts, tmp_path: Path, clock: Clock) -> None:
    fail(attempts, clock)
    (tmp_path / "sign-ins.json").write_text('{"key": "')
    with pytest.raises(DamagedAttemptsError, match=r"sign-ins.json is damaged"):
        attempts.attempt(OWNER, lambda: True)
