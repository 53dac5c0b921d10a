"""Whether the suggestions of core.quality are those that a human curator would make.

    python benchmarks/curation_quality.py FOLDER [--sheets OUT]

FOLDER has pictures and a labels.csv with columns file, artist and rejected_by_hand (1 where the curator took the
picture out). Prints for each issue, and for all that are not normal in the collection together, how many it flags, how
many of those the curator rejected (precision), and which share of the rejected it finds (recall): at the default
thresholds, and at those calibrated to the collection. Then how far this is luck: the best cut of the most telling
measure is chosen on half of the artists and judged on the other half, over many random halves, beside chance. And what
core.quality.learned makes of the curator's own rejections: how many of them are among the first 20, 50 and 100, every
picture judged by a model that had not seen it, and the same where it had seen nothing of its artist. --sheets saves
contact sheets of what each issue flags, rejected pictures marked in red.

What near_solid looks at was found with these very pictures in sight, so its figures lean to the favourable side; the
halves only say how far the choice of the cut does.
"""

import argparse
import csv
import io
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.images import inspect
from core.quality.issues import ISSUES, Flags, aspect_values, find_issue, flag, percentile_thresholds, size_scores
from core.quality.learned import RANKS, average_precision, learn
from core.quality.measures import MEASURES, measure_quality
from core.quality.unusual import unusual

SPLITS = 200
LEARNED_SEEDS = 5


def read_collection(folder: Path) -> tuple[list[dict[str, str]], dict[str, np.ndarray], list[bytes], float]:
    """(labels, measure -> (N,), thumbnails, milliseconds a picture for the measures of core.quality)."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as handle:
        labels = list(csv.DictReader(handle))
    facts, thumbnails, own = [], [], []
    seconds = 0.0
    for label in labels:
        inspection = inspect((folder / label["file"]).read_bytes())
        facts.append(inspection.facts)
        thumbnails.append(inspection.thumbnail)
        with Image.open(io.BytesIO(inspection.thumbnail)) as opened:
            thumbnail = opened.convert("RGB")
        start = time.perf_counter()
        own.append(measure_quality(thumbnail))
        seconds += time.perf_counter() - start
    widths, heights = [fact.width for fact in facts], [fact.height for fact in facts]
    values = {name: np.array([fact.measures[name] for fact in facts]) for name in facts[0].measures}
    values |= {name: np.array([measured[name] for measured in own]) for name in MEASURES}
    values |= {"aspect": aspect_values(widths, heights), "size_score": size_scores(widths, heights)}
    return labels, values, thumbnails, 1000 * seconds / len(labels)


def described(thumbnails: list[bytes]) -> np.ndarray:
    """(N, D) descriptors of colour and texture."""
    vectors = []
    for thumbnail in thumbnails:
        with Image.open(io.BytesIO(thumbnail)) as opened:
            vectors.append(COLOUR_AND_TEXTURE.describe(opened.convert("RGB")))
    return np.array(vectors)


def judged(flags: np.ndarray, rejected: np.ndarray) -> dict[str, float]:
    hits = int((flags & rejected).sum())
    return {
        "flagged": int(flags.sum()),
        "hits": hits,
        "precision": hits / max(1, int(flags.sum())),
        "recall": hits / max(1, int(rejected.sum())),
    }


def table(title: str, flags: Flags, rejected: np.ndarray) -> dict[str, dict[str, float]]:
    rows = {name: judged(own, rejected) for name, own in flags.of.items()}
    without_frame = [own for name, own in flags.of.items() if name not in flags.normal | {"frame"}]
    rows["all but frame"] = judged(np.logical_or.reduce(without_frame), rejected)
    rows["all together"] = judged(flags.any(), rejected)
    print(f"\n{title}\n{'issue':<20}{'flagged':>9}{'rejected':>10}{'precision':>11}{'recall':>8}")
    for name, row in rows.items():
        note = "  normal here: not in the union" if name in flags.normal else ""
        print(f"{name:<20}{row['flagged']:>9}{row['hits']:>10}{row['precision']:>11.0%}{row['recall']:>8.0%}{note}")
    return rows


def best_cut(values: np.ndarray, rejected: np.ndarray) -> float:
    """The threshold with the best F1 for "above", taken in the middle between two values."""
    levels = np.unique(values)
    cuts = (levels[1:] + levels[:-1]) / 2
    flagged = values[None, :] > cuts[:, None]
    hits = (flagged & rejected).sum(axis=1)
    return float(cuts[np.argmax(2 * hits / (flagged.sum(axis=1) + rejected.sum()))])


def cross_check(values: np.ndarray, labels: list[dict[str, str]], rejected: np.ndarray) -> dict[str, float]:
    """Cuts from half of the artists, judged on the other half, which together have all rejected pictures."""
    artists = np.array([label["artist"] for label in labels])
    generator = np.random.default_rng(0)
    chosen, pooled = [], np.zeros(4)  # flagged, hits, rejected, pictures
    for _ in range(SPLITS):
        names = generator.permutation(np.unique(artists))
        first = np.isin(artists, names[: len(names) // 2])
        for learned, tested in ((first, ~first), (~first, first)):
            if not rejected[learned].any():
                continue
            cut = best_cut(values[learned], rejected[learned])
            flags = values[tested] > cut
            chosen.append(cut)
            pooled += (flags.sum(), (flags & rejected[tested]).sum(), rejected[tested].sum(), tested.sum())
    flagged, hits, all_rejected, pictures = pooled
    return {
        "halves": len(chosen),
        "cut_median": float(np.median(chosen)),
        "cut_10": float(np.percentile(chosen, 10)),
        "cut_90": float(np.percentile(chosen, 90)),
        "flagged_share": flagged / pictures,
        "precision": hits / flagged,
        "recall": hits / all_rejected,
        "precision_of_chance": all_rejected / pictures,
    }


def ranking(values: np.ndarray, rejected: np.ndarray) -> dict[str, float]:
    """How soon somebody who looks at the pictures in this order meets the rejected ones."""
    in_order = rejected[np.argsort(-values, kind="stable")]
    ranks = np.flatnonzero(in_order) + 1
    average = float(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    return {"average_precision": average, **{f"in_first_{n}": int(in_order[:n].sum()) for n in (10, 20, 25, 50, 100)}}


def learned(
    values: np.ndarray, vectors: np.ndarray, rejected: np.ndarray, artists: np.ndarray
) -> dict[str, dict[str, float]]:
    """Orders learned from the rejections: by models that had not seen the picture, or nothing of its artist."""
    rows = []
    for seed in range(LEARNED_SEEDS):
        check = learn(values, vectors, rejected, seed=seed).check
        rows.append({"average_precision": check.average_precision} | {f"in_first_{n}": check.hits[n] for n in RANKS})
    by_artist = []
    for seed in range(LEARNED_SEEDS):
        names = np.random.default_rng(seed).permutation(np.unique(artists))
        folds = dict(zip(names.tolist(), (np.arange(len(names)) % 5).tolist(), strict=True))
        fold = np.array([folds[name] for name in artists.tolist()])
        scores = np.zeros(len(rejected))
        for number in range(5):
            tested = fold == number
            ranker = learn(values[~tested], vectors[~tested], rejected[~tested], seed=seed)
            scores[tested] = ranker.score(values[tested], vectors[tested])
        order = rejected[np.argsort(-scores, kind="stable")]
        by_artist.append(
            {"average_precision": average_precision(order)} | {f"in_first_{n}": int(order[:n].sum()) for n in RANKS}
        )
    return {
        name: {key: float(np.mean([row[key] for row in part])) for key in part[0]}
        for name, part in (("by_picture", rows), ("by_artist", by_artist))
    }


def save_sheet(path: Path, thumbnails: list[bytes], notes: list[str], marked: list[bool], cell: int = 96) -> None:
    columns = 14
    sheet = Image.new("RGB", (columns * cell, max(1, -(-len(thumbnails) // columns)) * (cell + 12)), "#202020")
    draw = ImageDraw.Draw(sheet)
    for place, (thumbnail, note, mark) in enumerate(zip(thumbnails, notes, marked, strict=True)):
        with Image.open(io.BytesIO(thumbnail)) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((cell - 6, cell - 6))
        left, top = place % columns * cell, place // columns * (cell + 12)
        if mark:
            draw.rectangle((left, top, left + cell - 2, top + cell + 10), fill="#a02020")
        sheet.paste(picture, (left + 3, top + 3))
        draw.text((left + 3, top + cell - 2), note, fill="white")
    sheet.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sheets", type=Path, help="where to save contact sheets")
    asked = parser.parse_args()
    labels, values, thumbnails, milliseconds = read_collection(asked.folder)
    rejected = np.array([label["rejected_by_hand"] == "1" for label in labels])
    artists = len({label["artist"] for label in labels})
    print(f"{len(labels)} pictures by {artists} artists, {rejected.sum()} rejected by hand ({rejected.mean():.1%}).")
    print(f"The measures of core.quality took {milliseconds:.1f} ms a picture.")
    default = flag(values)
    calibrated = flag(values, percentile_thresholds(values))
    figures = {
        "milliseconds_a_picture": milliseconds,
        "default": table("Default thresholds", default, rejected),
        "calibrated": table("Calibrated: each issue flags 3 % of this collection at most", calibrated, rejected),
        "ranking": {
            name: ranking(_unusual(name, values), rejected) for name in ("near_solid", "low_information", "light")
        },
        "unusual": ranking(unusual(values, normal=default.normal).sum(axis=1), rejected),
        "cross_check_near_solid": cross_check(values["near_solid"], labels, rejected),
        "learned": learned(
            np.column_stack([values[issue.measure] for issue in ISSUES]),
            described(thumbnails),
            rejected,
            np.array([label["artist"] for label in labels]),
        ),
    }
    print("\nLooked at in the order of one measure, rejected pictures among the first 10, 25, 50 and 100:")
    for name, row in figures["ranking"].items():
        found = ", ".join(str(row[f"in_first_{n}"]) for n in (10, 25, 50, 100))
        print(f"{name:<20}{found:<18} average precision {row['average_precision']:.2f}")
    row = figures["unusual"]
    found = ", ".join(str(row[f"in_first_{n}"]) for n in (10, 20, 25, 50, 100))
    print(
        f"all measures together (first 10, 20, 25, 50, 100): {found} average precision {row['average_precision']:.2f}"
    )
    check = figures["cross_check_near_solid"]
    print(
        f"\nLearned from the rejections, judged by models that had not seen the picture (chance "
        f"{rejected.mean():.3f}):\n{'':<14}{'first 20':>10}{'first 50':>10}{'first 100':>11}{'average precision':>19}"
    )
    for name, row in figures["learned"].items():
        hits = [row[f"in_first_{n}"] for n in RANKS]
        print(f"{name:<14}{hits[0]:>10.1f}{hits[1]:>10.1f}{hits[2]:>11.1f}{row['average_precision']:>19.2f}")
    print(
        f"\nnear_solid, cut chosen on half of the artists and judged on the other half ({check['halves']} halves): "
        f"cut {check['cut_median']:.2f} (10 % to 90 %: {check['cut_10']:.2f} to {check['cut_90']:.2f}), "
        f"flags {check['flagged_share']:.1%}, precision {check['precision']:.0%} "
        f"(chance {check['precision_of_chance']:.1%}), recall {check['recall']:.0%}"
    )
    missed = [label["file"] for label, no in zip(labels, rejected & ~default.any(), strict=True) if no]
    print(f"Rejected and found by nothing at the defaults: {', '.join(missed) or 'none'}")
    if asked.sheets:
        asked.sheets.mkdir(parents=True, exist_ok=True)
        for name, own in default.of.items():
            strength = _unusual(name, values)
            order = [place for place in np.argsort(-strength, kind="stable") if own[place]][:112]
            picked = [thumbnails[place] for place in order]
            notes = [f"{values[find_issue(name).measure][place]:.3f}" for place in order]
            save_sheet(asked.sheets / f"{name}.png", picked, notes, [bool(rejected[place]) for place in order])
    print(write_results("curation-quality", figures, torch.device("cpu")))


def _unusual(name: str, values: dict[str, np.ndarray]) -> np.ndarray:
    """The issue's measure, turned so that more is more suspicious."""
    issue = find_issue(name)
    return values[issue.measure] if issue.direction == "above" else -values[issue.measure]


if __name__ == "__main__":
    main()
