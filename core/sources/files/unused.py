"""What of a tree a dataset makes no use of."""

from collections import Counter
from collections.abc import Collection

from core.sources.files.survey import Survey


def left_aside(survey: Survey, used: Collection[str]) -> Counter[str]:
    """How many files are not offered, by their kind; see core.sources.files.tree.LEFT_ASIDE.

    Args:
        used: keys of the files that hold the dataset.
    """
    counts = Counter(survey.tree.left_aside)
    others = [*survey.others, *survey.pictures]  # pictures beside a dataset are not part of it
    for kind, keys in (("table", survey.tables), ("archive", survey.archives), ("other", others)):
        counts[kind] += sum(key not in used for key in keys)
    return +counts
