"""Catalog: the lab's pictures, what is known about them, and what people decided about them."""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.catalog import browse, curation, dismissing, judging, saved, snapshots, tags
from core.catalog import facets as faceting
from core.catalog.curation import OWNER, Act
from core.catalog.database import Database
from core.catalog.errors import (
    CatalogBusyError,
    CatalogError,
    CatalogTooNewError,
    CatalogUnreadableError,
    CatalogWriteError,
)
from core.catalog.facets import FACETS, Facet, Histogram, QualityCount
from core.catalog.judging import PairVerdict, QualityChange, QualitySettings
from core.catalog.look_alikes import settling
from core.catalog.look_alikes.settling import Decision, Pair
from core.catalog.look_alikes.taken_over import TakenOver, taken_over
from core.catalog.nearness import Nearness, described
from core.catalog.picture import PictureRef
from core.catalog.records import CollectionInfo, Picture, Refusal, Summary, Tile, TimelineEntry
from core.catalog.saved import SavedSelection
from core.catalog.selection import Selection
from core.catalog.snapshots import Snapshot
from core.duplicates.verdicts import Verdicts
from core.features.store import FeatureStore

__all__ = [
    "Catalog",
    "CatalogBusyError",
    "CatalogError",
    "CatalogTooNewError",
    "CatalogUnreadableError",
    "CatalogWriteError",
    "Selection",
]

Value = TypeVar("Value")


class Catalog:
    """The catalog file, open. One process at a time; any number of threads.

    Answers are remembered until the next write, so that a page may ask for the same count at every rerun.

    Args:
        path: `Workspace.catalog`; made if missing, brought to the newest schema if older.
    Raises:
        CatalogBusyError: another process has it open; the message names it.
        CatalogTooNewError, CatalogUnreadableError: the file cannot be used; nothing was changed.
    Every method raises CatalogWriteError when the disk fails. The catalog is then open again, without the last action.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database.open(path)
        self._closed = False

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes have the file. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._database.release()

    @property
    def path(self) -> Path:
        return self._database.path

    @property
    def ingest_lock(self) -> threading.Lock:
        """Held while ledgers are read: two threads must not start from the same offset."""
        return self._database.ingest_lock

    @property
    def revision(self) -> int:
        """Grows with every write: a key for what is derived from the catalog."""
        return self._database.revision

    @property
    def pictures_revision(self) -> int:
        """Grows with those that may change pictures or what is known about them, and not with decisions of people."""
        return self._database.pictures_revision

    def prepare(self) -> bool:
        """Make what answers are made from, some seconds at a million pictures. Returns whether all is there."""
        return self._database.preparing.now()

    def prepare_in_background(self) -> None:
        """The same in a thread, where the catalog is large enough to need it. Cheap when done: for every rerun."""
        self._database.preparing.begin()

    # Asking

    def count(self, selection: Selection = Selection()) -> int:  # noqa: B008, frozen
        """How many different pictures."""
        return self.remembered(("count", selection), lambda: browse.count(self._database, selection))

    def count_excluded(self, hashes: Sequence[str]) -> int:
        """How many of these pictures are excluded."""
        return browse.count_excluded(self._database, hashes)

    def page(
        self,
        selection: Selection = Selection(),  # noqa: B008, frozen
        *,
        sort: "str | Nearness" = "newest",
        offset: int = 0,
        limit: int = 60,
    ) -> list[Tile]:
        """Some pictures of a selection, for a gallery. sort: one of `shelf.SORTS`, or of core.catalog.nearness."""
        return self.remembered(
            ("page", selection, sort, offset, limit),
            lambda: browse.page(self._database, selection, sort=sort, offset=offset, limit=limit),
        )

    def picture(self, sha256: str) -> Picture:
        """All that is known about one picture. Raises: NotFoundError."""
        return self.remembered(("picture", sha256), lambda: browse.picture(self._database, sha256))

    def pictures_for(self, selection: Selection = Selection()) -> list[PictureRef]:  # noqa: B008, frozen
        """All pictures of a selection, for building datasets; each picture once, ordered by hash."""
        return browse.pictures_for(self._database, selection)

    def collections(self) -> list[CollectionInfo]:
        return self.remembered("collections", lambda: browse.collections(self._database))

    def artists(self, selection: Selection = Selection()) -> list[tuple[str, int]]:  # noqa: B008, frozen
        """(artist, pictures) within a selection, alphabetically; "" stands for unknown and comes last."""
        return self._database.remembered(
            ("artists", selection),
            lambda: browse.artists(self._database, selection),
            curated=selection.asks_curation,
        )

    def licences(self, selection: Selection = Selection()) -> list[tuple[str, int]]:  # noqa: B008, frozen
        """(licence, pictures) within a selection, the most frequent first; "" stands for not stated."""
        return self._database.remembered(
            ("licences", selection),
            lambda: browse.licences(self._database, selection),
            curated=selection.asks_curation,
        )

    def facets(
        self,
        selection: Selection = Selection(),  # noqa: B008, frozen
        fields: Sequence[str] = FACETS,
        *,
        within: bool = False,
    ) -> dict[str, Facet]:
        """Field -> [(value, pictures)], the most frequent first; a field's own choice does not restrict its counts,
        unless `within` says that it does."""
        return self.remembered(
            ("facets", selection, tuple(fields), within),
            lambda: faceting.facets(self._database, selection, fields, within=within),
        )

    def histogram(
        self,
        field: str,
        selection: Selection = Selection(),  # noqa: B008, frozen
        *,
        bins: int = 30,
        within: bool = False,
    ) -> Histogram:
        """How a selection is spread over a number that a filter can ask for. within: see `facets`."""
        return self.remembered(
            ("histogram", field, selection, bins, within),
            lambda: faceting.histogram(self._database, selection, field, bins=bins, within=within),
        )

    def quality_counts(
        self,
        selection: Selection = Selection(),  # noqa: B008, frozen
        thresholds: Mapping[str, float] | None = None,
    ) -> list[QualityCount]:
        """How many pictures every issue of core.quality.issues would flag, and what to ask for them."""
        return self.remembered(
            ("quality", selection, tuple(sorted((thresholds or {}).items()))),
            lambda: faceting.quality_counts(self._database, selection, thresholds),
        )

    def flag_counts(self, selection: Selection = Selection()) -> list[tuple[str, int]]:  # noqa: B008, frozen
        """(issue of quality, pictures that it flags by the thresholds of their collections), as `flag = issue` asks."""
        asked = faceting.without(selection, "flag")
        return self.remembered(("flags", asked), lambda: self._database.shelf.flag_counts(asked))

    def sources(self) -> dict[str, int]:
        """Source, such as "folder" or a museum's name -> pictures that came from it."""
        return self._database.remembered("sources", lambda: browse.sources(self._database), curated=False)

    def excluded_reasons(self) -> list[tuple[str, int]]:
        """(reason, pictures), the most frequent first."""
        return self.remembered("excluded reasons", lambda: browse.excluded_reasons(self._database))

    def refusals(self, collection: str | None = None, *, limit: int = 1000) -> list[Refusal]:
        """Items that could not be kept, the newest first; of all collections where None."""
        return browse.refusals(self._database, collection, limit=limit)

    def refusal_counts(self, collection: str | None = None) -> list[tuple[str, int]]:
        """(reason, items) of what could not be kept, the most frequent first."""
        return self.remembered(
            ("refusal counts", collection), lambda: browse.refusal_counts(self._database, collection)
        )

    def summary(self) -> Summary:
        return self.remembered("summary", lambda: browse.summary(self._database))

    # Curating

    def exclude(self, target: Selection | Sequence[str], reason: str, *, who: str = OWNER) -> Act:
        """Leave pictures out: all of them or, on any error, none. See core.catalog.curation.exclude."""
        self._snapshot_before("exclude", target)
        with self._database.transaction(curates=True) as cursor:
            return curation.exclude(cursor, target, reason, who)

    def restore(self, target: Selection | Sequence[str], *, who: str = OWNER) -> Act:
        """Take excluded pictures back: all of them or, on any error, none."""
        self._snapshot_before("restore", target)
        with self._database.transaction(curates=True) as cursor:
            return curation.restore(cursor, target, who)

    def undo(self, act_number: int, *, who: str = OWNER) -> Act:
        """Put the pictures of an earlier act back as they were, but for those that were changed again since."""
        with self._database.transaction(curates=True) as cursor:
            return settling.undo(cursor, act_number, who)

    def tag(self, target: Selection | Sequence[str], name: str, *, who: str = OWNER) -> Act:
        """Give a tag to pictures: to all of them or, on any error, to none."""
        self._snapshot_before("tag", target)
        with self._database.transaction(curates=True) as cursor:
            return tags.tag(cursor, target, name, who)

    def untag(self, target: Selection | Sequence[str], name: str, *, who: str = OWNER) -> Act:
        """Take a tag that people gave away from pictures."""
        self._snapshot_before("untag", target)
        with self._database.transaction(curates=True) as cursor:
            return tags.untag(cursor, target, name, who)

    def dismiss(self, target: Selection | Sequence[str], issue: str, *, who: str = OWNER) -> Act:
        """Call pictures fine as to one issue of quality, which flags them no more. See core.catalog.dismissing."""
        self._snapshot_before("dismiss", target)
        with self._database.transaction(curates=True) as cursor:
            return dismissing.dismiss(cursor, target, issue, who)

    def undismiss(self, target: Selection | Sequence[str], issue: str, *, who: str = OWNER) -> Act:
        """Have an issue flag pictures again that were called fine."""
        self._snapshot_before("undismiss", target)
        with self._database.transaction(curates=True) as cursor:
            return dismissing.undismiss(cursor, target, issue, who)

    def acts(self, limit: int = 50) -> list[TimelineEntry]:
        """What was done to pictures, the newest first."""
        return self.remembered(("acts", limit), lambda: browse.acts(self._database, limit=limit))

    def given_tags(self) -> list[tuple[str, int]]:
        """(tag, pictures) of what people gave, alphabetically."""
        return self.remembered("given tags", lambda: browse.given_tags(self._database))

    # Selections with a name

    def saved_selections(self) -> list[SavedSelection]:
        return self.remembered("saved selections", lambda: saved.saved_selections(self._database))

    def saved_selection(self, name: str) -> Selection:
        """Raises: NotFoundError."""
        return saved.saved_selection(self._database, name)

    def save_selection(self, name: str, selection: Selection, *, replace: bool = False, who: str = OWNER) -> None:
        """Raises: ConfigError if the name is taken and `replace` was not asked for."""
        with self._database.transaction(curates=True) as cursor:
            saved.save(cursor, name, selection, replace=replace, who=who)

    def rename_selection(self, name: str, new_name: str) -> None:
        """Raises: NotFoundError; ConfigError if the new name is taken."""
        with self._database.transaction(curates=True) as cursor:
            saved.rename(cursor, name, new_name)

    def delete_selection(self, name: str) -> None:
        """Forget the name; the pictures are not touched. Raises: NotFoundError."""
        with self._database.transaction(curates=True) as cursor:
            saved.delete(cursor, name)

    # Judging pairs and quality

    def verdicts(self) -> Verdicts:
        """Whether pairs of pictures are the same, as core.duplicates takes them."""
        return self.remembered("verdicts", lambda: judging.verdicts(self._database))

    def pair_verdicts(self) -> list[PairVerdict]:
        """The same with who said it, and when; the newest first."""
        return self.remembered("pair verdicts", lambda: judging.pair_verdicts(self._database))

    def judge(self, pairs: Sequence[Pair], *, who: str = OWNER) -> Act:
        """Remember (one, other, "same" or "different"). Raises: ConfigError; UnknownPicturesError."""
        with self._database.transaction(curates=True) as cursor:
            return settling.judge(cursor, pairs, who=who)

    def keep_one(self, decisions: Sequence[Decision], kind: str, *, who: str = OWNER) -> Act:
        """Of each group of look-alikes leave out all but those that stay. See look_alikes.settling.keep_one."""
        self._snapshot_before("keep_one", [sha256 for decision in decisions for sha256 in decision.left_out])
        with self._database.transaction(curates=True) as cursor:
            return settling.keep_one(cursor, decisions, kind, who)

    def keep_all(self, groups: Sequence[Sequence[str]], *, who: str = OWNER) -> Act:
        """Remember that the pictures of each group are different ones, which share no group again."""
        with self._database.transaction(curates=True) as cursor:
            return settling.keep_all(cursor, groups, who)

    def ask_again(self, groups: Sequence[Sequence[str]], *, who: str = OWNER) -> Act:
        """Forget what was decided about groups, and take back what was left out for another picture of its group."""
        with self._database.transaction(curates=True) as cursor:
            return settling.ask_again(cursor, groups, who)

    def taken_over(self, sha256: str) -> tuple[TakenOver, ...]:
        """Facts that a picture has from look-alikes that were left out."""
        return self.remembered(("taken over", sha256), lambda: taken_over(self._database, sha256))

    def quality_settings(self, collection: str) -> QualitySettings:
        """The thresholds that people set for a collection."""
        return self.remembered(
            ("quality settings", collection), lambda: judging.quality_settings(self._database, collection)
        )

    def set_quality(self, collection: str, settings: QualitySettings, *, who: str = OWNER) -> None:
        """Raises: NotFoundError; ConfigError."""
        with self._database.transaction(curates=True) as cursor:
            judging.set_quality(cursor, collection, settings, who)

    def quality_changes(self, collection: str) -> list[QualityChange]:
        """Who set which threshold of a collection, and what it was; the newest first."""
        return self.remembered(
            ("quality changes", collection), lambda: judging.quality_changes(self._database, collection)
        )

    # Going back

    def snapshots(self) -> list[Snapshot]:
        """What people had decided before each act on many pictures; the newest first."""
        return snapshots.snapshots(self._database)

    def go_back(self, name: str, *, who: str = OWNER) -> Act:
        """Put every decision back as it is in a snapshot, after one of how it is now. Raises: NotFoundError."""
        snapshots.take(self._database, "return", needed=name)
        with self._database.transaction(curates=True) as cursor:
            return snapshots.go_back(cursor, self._database, name, who)

    def _snapshot_before(self, act: str, target: Selection | Sequence[str]) -> None:
        many = self.count(target) if isinstance(target, Selection) else len(target)
        if many > snapshots.FROM_PICTURES:
            snapshots.take(self._database, act)

    def described(self, store: FeatureStore) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of the pictures that a store describes, growing, and their rows there. Nobody may change them."""
        return described(self._database, store)

    def copy(self, target: Path) -> None:
        """Write a whole, consistent copy of the file to `target`, while the catalog stays in use."""
        self._database.copy(target)

    def copy_bytes(self, target: Path) -> None:
        """The same much faster, gaps included: for a copy that will soon be made anew."""
        self._database.copy_bytes(target)

    # For the modules of core.catalog

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, on a cursor of its own. Values only as parameters."""
        return self._database.read(sql, parameters)

    def transaction(self, *, curates: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor that writes, alone among writers: commits at the end, rolls back when the block raises."""
        return self._database.transaction(curates=curates)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one use in one thread."""
        return self._database.cursor()

    def lasting(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """As `remembered`, but until pictures come or are measured: for what no decision of a person changes."""
        return self._database.shelf.remembered(key, compute)

    def shown(self, selection: Selection) -> NDArray[np.int32]:
        """By the number of a picture: not 0 where it fits the selection. Nobody may change the array."""
        return self._database.shelf.shown(selection)

    def remembered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """`compute()`, or what it gave for this key since the last write. Nobody may change the value."""
        return self._database.remembered(key, compute)
