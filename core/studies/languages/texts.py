"""Which texts the rating pages need, whatever the language. What a study asks itself is the owner's: `wording`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The interface of the rating pages in one language: plain text, no markdown.

    A name in braces is filled in: {count}, {total}, {done}, {lowest}, ... Fields ending in `_one` and `_many` are the
    forms for one and for several; languages without the difference repeat the text. Texts speak of pictures and never
    of conditions: they are the same whatever a study compares.
    """

    name: str  # of the language, in the language
    decimal_comma: bool
    percent: str  # {value}

    # A link that does not lead to pictures
    link_title: str
    link_text: str
    link_wait: str  # {seconds}
    closed_text: str
    full_text: str  # as many raters as the study takes
    fresh_start: str  # an unknown rater in the address
    try_again: str

    # The first page
    language: str
    pictures_one: str
    pictures_many: str
    pairs_one: str
    pairs_many: str
    timed_one: str
    timed_many: str
    how_scale: str  # {lowest}, {lowest_label}, {highest}, {highest_label}
    how_plain_scale: str  # {lowest}, {highest}
    how_ten: str  # which key stands for 10
    how_choice: str  # two answers, by the arrow keys
    how_pair: str
    how_tie: str
    how_undo: str
    practice_feedback: str  # {count}; what follows is told to be right or wrong
    practice_plain: str  # {count}
    minutes_one: str
    minutes_many: str  # {count}
    stored: str
    flicker: str  # the warning of timed studies
    consent: str
    agree: str
    agree_first: str
    start: str
    go_on: str  # {done}, {total}
    start_new: str

    # Rating
    card: str  # what screen readers call the whole
    progress: str
    count: str  # {number}, {total}
    undo: str
    instructions: str
    practice: str
    picture: str  # what screen readers call a picture, whatever it shows
    original: str  # the mark of the real picture of "side-by-side"
    other: str  # what screen readers call the one beside it
    left: str
    right: str
    top: str
    bottom: str
    no_difference: str
    correct: str  # {truth}
    wrong: str  # {truth}
    next: str
    practice_over: str
    practice_over_silent: str  # practice had feedback, what follows has none
    begin: str
    where_generated: str  # where did you see that it was generated
    where_low: str  # what spoils it
    where_skip: str
    not_yet: str  # the lab has not answered; the answer is sent again
    offline: str
    not_saved: str  # {reason}
    unreachable: str  # {reason}
    stale: str
    too_fast: str
    picture_lost: str  # the picture could not be fetched

    # Timed exposure
    ready_title: str
    ready_text: str
    ready: str
    pause_title: str
    look: str  # said while a picture flashes
    hidden: str  # the window was in the background
    too_slow: str  # the device missed the time asked for
    reduced_motion: str
    reduced_go_on: str
    decline: str

    # Leaving
    keep_address: str
    withdraw: str
    withdraw_title: str
    withdraw_text: str
    withdraw_yes: str
    withdraw_no: str
    withdrawn_title: str
    withdrawn_text: str

    # The end
    thanks: str
    answered_one: str
    answered_many: str  # {count}
    see_result: str
    see_result_note: str
    no_result: str  # the owner shows none
    result_caught: str  # share of right answers
    result_crowd: str
    result_crowd_later: str  # {count}: how many finished raters it takes
    result_chance: str
    result_fooled: str  # the condition most often taken for real
    result_highest: str  # the condition rated highest
    result_preferred: str
    result_agreed: str  # share of choices that the others made too
    result_exposure: str  # the shortest exposure at which the rater was still right
    milliseconds: str  # {value}
    your_mean: str  # {count} answers
    kind_generated: str
    kind_real: str
    kind_restyled: str
    kind_noise: str
    verdict_clear: str
    verdict_some: str
    verdict_none: str
    verdict_reverse: str

    def number(self, value: float, digits: int = 1) -> str:
        """A number with the decimal sign of the language."""
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.decimal_comma else text

    def share(self, value: float) -> str:
        """A share, 0 to 1, in whole per cent."""
        return self.percent.format(value=round(100 * value))
