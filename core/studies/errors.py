"""What can go wrong between a study and its raters, in words a rater understands."""

from core.errors import AtelierError


class StudyError(AtelierError):
    """A study cannot be made or read as asked."""


class LinkError(AtelierError):
    """The link names no study, or not this one any more."""

    def __init__(self) -> None:
        super().__init__(
            "This link does not open a study. It may have been cut off when it was copied, or replaced by a newer one. "
            "Open the full link again, or ask the person who sent it for the current one."
        )


class StudyClosedError(AtelierError):
    """The study takes no more votes."""

    def __init__(self) -> None:
        super().__init__("This study is closed: it takes no more answers. Everything answered before counts.")


class StudyFullError(AtelierError):
    """As many raters as the study takes have come."""

    def __init__(self) -> None:
        super().__init__(
            "This study has all the people it needs, so it takes no new ones. Thank you for coming. If you began "
            "before, open the link in the same browser to go on."
        )


class TooFastError(AtelierError):
    """Answers come faster than a person can look."""

    def __init__(self) -> None:
        super().__init__(
            "Answers came faster than pictures can be looked at, so this one was not counted. Wait a few seconds, then "
            "go on."
        )


class StaleVoteError(AtelierError):
    """The answer belongs to a picture that this rater was not shown."""

    def __init__(self) -> None:
        super().__init__(
            "This answer belongs to a picture that is not open for you, so it was not counted. Reload the page to go "
            "on with the next picture."
        )


class JournalError(AtelierError):
    """The journal cannot be opened."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The answers of this study cannot be reached just now ({reason}). Nothing answered before is lost: try "
            "again in a moment. If this comes back, tell the person who runs the study."
        )


class VoteNotSavedError(AtelierError):
    """The journal could not be written; the vote does not count yet."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"This was not saved: the lab could not write it down ({reason}). Nothing you answered before is lost, and "
            "the picture stays here: try again in a moment. If this comes back, tell the person who sent you the link."
        )
