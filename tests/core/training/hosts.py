"""Who runs a training in these tests: stops it at an exact step, and remembers what it was told."""

from dataclasses import dataclass, field
from pathlib import Path

from core.training import job
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.workspace import Workspace


@dataclass
class ScriptedHost:
    folder: Path
    workspace: Workspace
    stop_after_steps: int | None = None
    torch_devices: tuple[str, ...] = ("cpu",)
    told: list[tuple[int, int, str]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    steps: int = 0

    def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None:
        self.steps += 1
        self.told.append((done, total, f"{unit}: {message}"))

    def stop_requested(self) -> bool:
        return self.stop_after_steps is not None and self.steps >= self.stop_after_steps

    def log(self, text: str) -> None:
        self.logged.append(text)


def train(workspace: Workspace, overrides: dict, *, preset: str = "quick-gan", epochs: int = 3) -> RunFolder:
    """A whole run in this process."""
    run = RunFolder(workspace.run(create_run(workspace, preset, "stripes", epochs, overrides)))
    job.run(ScriptedHost(run.path, workspace))
    return run


def go_on(workspace: Workspace, run: RunFolder, *, steps: int | None = None) -> ScriptedHost:
    """Begin or go on with a run in this process, for so many steps."""
    host = ScriptedHost(run.path, workspace, steps)
    job.run(host)
    return host
