"""The verdict on a training in words: what was found, with evidence and advice; else what was looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.jobs.folder import State
from core.training.run_folder import RunFolder
from ui.jobs import plain

GRAVE, DOUBTFUL, NOTE = "grave", "doubtful", "note"


@dataclass(frozen=True)
class _Kind:
    title: str
    severity: str


_KINDS: Mapping[str, _Kind] = {
    "diverged": _Kind("Diverged", GRAVE),
    "running-away": _Kind("The numbers run away", GRAVE),
    "one-colour": _Kind("Collapsed to one colour", GRAVE),
    "sameness": _Kind("Samples resemble one another", GRAVE),
    "latents-unused": _Kind("Posterior collapse", GRAVE),
    "discriminator-wins": _Kind("The discriminator wins", DOUBTFUL),
    "overfitting": _Kind("Learned by heart", DOUBTFUL),
    "nothing-learned": _Kind("Nothing learned yet", DOUBTFUL),
    "went-back": _Kind("Went back after a divergence", NOTE),
}
_ORDER = (GRAVE, DOUBTFUL, NOTE)
_NEEDED = 4  # sample grids, or log points, in a row that core.training.health judges by


@dataclass(frozen=True)
class Shown:
    """A finding of the log as the page shows it."""

    code: str
    severity: str
    title: str
    message: str


def findings_of(rows: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Those of the newest log point, the gravest first."""
    told = rows[-1].get("health") or [] if rows else []
    found = []
    for finding in told:
        code = str(finding.get("code", ""))
        kind = _KINDS.get(code, _Kind(code.replace("-", " ").capitalize(), DOUBTFUL))
        severity = str(finding.get("severity") or kind.severity)
        found.append(Shown(code, severity if severity in _ORDER else kind.severity, kind.title, finding["message"]))
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))


def show(run: RunFolder, rows: Sequence[Mapping[str, Any]], state: State) -> None:
    """Says nothing before there are numbers to judge by."""
    if not rows:
        return
    findings = findings_of(rows)
    with st.container(key="run-health", gap="xsmall"):
        for finding in findings:
            words = f"**{plain(finding.title)}.** {plain(finding.message)}"
            if finding.severity == GRAVE:
                st.error(words, icon=":material/emergency_home:")
            elif finding.severity == DOUBTFUL:
                st.warning(words, icon=":material/ecg_heart:")
            else:
                st.info(words, icon=":material/history:")
        if not any(finding.severity != NOTE for finding in findings) and state is not State.FAILED:
            if len(rows) < _NEEDED and _grids(run) < _NEEDED:
                st.info("**Too early for a verdict.** Nothing is out of order yet.", icon=":material/hourglass_top:")
            else:
                st.success(
                    "**Healthy so far.** Nothing that was looked at is out of order.", icon=":material/ecg_heart:"
                )
        looked = st.expander(
            "What was looked at", icon=":material/checklist:", key="run-looked-at", on_change="rerun", type="compact"
        )
        if looked.open:
            with looked:
                st.markdown("\n".join(f"- {plain(line)}" for line in looked_at(run, rows)))


def looked_at(run: RunFolder, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every thing that health judges, with its newest figure, and what it is still too early for."""
    newest = rows[-1]
    unfinite = sorted({name for row in rows for name, value in row.items() if value is None})
    lines = [
        f"Numbers: {', '.join(unfinite)} became infinite or undefined."
        if unfinite
        else f"Numbers: all finite at {len(rows):,} log points."
    ]
    grids = _grids(run)
    lines.append(
        f"Variety: {grids:,} sample grids compared with real pictures, within each picture and between them."
        if grids >= _NEEDED
        else f"Variety: too early to tell by {grids} of {_NEEDED} sample grids."
    )
    lines += _family_lines(newest)
    measured = [row for row in run.scores() if row["epoch"] > 0]
    untrained = next((row for row in run.scores() if row["epoch"] == 0), None)
    if measured and untrained:
        lines.append(
            f"Learning: the distance to real pictures is {measured[-1]['value']:g}, "
            f"{untrained['value']:g} before training."
        )
    elif not measured:
        lines.append("Learning: no saved epoch was measured yet.")
    return lines


def _grids(run: RunFolder) -> int:
    return sum(epoch > 0 for epoch in run.epochs())


def _family_lines(row: Mapping[str, Any]) -> list[str]:
    lines = []
    if _has(row, "sign_real", "sign_fake"):
        right = (2 + row["sign_real"] - row["sign_fake"]) / 4
        lines.append(f"Balance: the discriminator tells {100 * right:.0f} % of pictures apart; 50 % is guessing.")
    if _has(row, "score_train", "score_held_out", "score_fake"):
        lines.append(
            f"Memory: it scores training pictures {row['score_train']:.2f}, pictures it has never seen "
            f"{row['score_held_out']:.2f}, generated ones {row['score_fake']:.2f}."
        )
    elif _has(row, "error_train", "error_held_out"):
        ratio = row["error_held_out"] / max(row["error_train"], 1e-12)
        lines.append(f"Memory: the error at pictures it has never seen is {ratio:.2f} times that at training pictures.")
    else:
        lines.append("Memory: not told, for no pictures were held out.")
    if _has(row, "active_latents"):
        lines.append(f"Latents: {row['active_latents']:.0f} latent numbers are in use.")
    return lines


def _has(row: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(row.get(name), int | float) for name in names)
