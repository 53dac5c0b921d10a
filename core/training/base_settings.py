"""What every family of networks is told about its training. No torch here."""

from dataclasses import dataclass

from core.models.configs import check_choice, check_range

PRECISIONS = ("auto", "float32", "bfloat16")
MEMORY_LAYOUTS = ("auto", "channels_last", "contiguous")
SPEEDUPS = ("auto", "eager", "compile", "graphs")
OPTIMISERS = ("adam", "adadelta")
KEPT_WEIGHTS = ("all", "best", "newest")
CONDITION_COLUMNS = ("style", "genre", "artist", "tags", "collection")
PICTURES_SHARE = 0.4  # of a device's free memory may be pictures, the rest is for networks; more stay on the disk
FINDINGS = (
    "one-colour",
    "sameness",
    "running-away",
    "discriminator-wins",
    "overfitting",
    "latents-unused",
    "nothing-learned",
)


@dataclass(frozen=True)
class TrainingSettings:
    """What every family shares. Lengths are counted in images seen, never in steps, so the batch size changes none."""

    seed: int = 0
    batch_size: int = 64
    optimiser: str = "adam"  # or "adadelta" (Zeiler, 2012), which two seeds use
    learning_rate: float = 5e-4  # at the start
    learning_rate_final: float = 1e-4  # at the end; half a cosine lies between
    beta1: float = 0.0  # Adam's memory of the gradient
    beta2: float = 0.99  # Adam's memory of its square, at the start; tuned per family
    ema_half_life_images: float = 10_000.0  # half of the averaged weights are younger than this; 0: no averaging
    ema_ramp_up: float = 0.1  # but never older than this share of the images seen so far
    flip: bool = True  # mirror pictures left-right at random; not for signed or lettered works
    recipe_steps: bool = True  # change pictures by the steps of the dataset's recipe, anew each time; before the flip
    precision: str = "auto"  # float32 or bfloat16; "auto": what a trial on the device shows to be clearly faster
    memory_layout: str = "auto"  # "channels_last" or "contiguous": how a picture's numbers lie in memory; "auto": tried
    speedup: str = "auto"  # "eager": none; on CUDA "compile" (minutes of start) or "graphs"; "auto": tried
    grid_size: int = 64  # pictures in a sample grid
    condition: str = ""  # columns to learn by: any of style, genre, artist, tags, collection; "" for none
    terms_at_most: int = 64  # of those columns, so many of the most frequent values are learned
    log_every_images: int = 512
    save_every_epochs: int = 0  # a sample grid and weights; 0: about 40 times in a run, at least 1,000 images apart
    raw_grids: bool = True  # beside each saved grid the same one by the weights as they are, before averaging
    score_saves: bool = True  # measure each saved epoch by the sliced Wasserstein distance to held-out pictures
    keep_weights: str = "all"  # "all" saved epochs, or only "best" (by that distance) and newest, or only the "newest"
    keep_states_every: int = 4  # every so many saved epochs keep all that is needed to branch from it; 0: only newest
    disk_cap_gb: float = 4.0  # of weights and states; the least needed ones go first, newest and best stay
    stop_when: str = ""  # end when health finds it: any of one-colour, sameness, overfitting, discriminator-wins, ...
    retries_after_divergence: int = 2  # how often to go back to the last good state with half the learning rate
    resume_every_seconds: float = 60.0  # how much work a killed worker may lose; 0: save after every step

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0, 2**62)
        check_range("batch_size", self.batch_size, 2, 65_536)
        check_range("learning_rate", self.learning_rate, 0, 1)
        check_range("learning_rate_final", self.learning_rate_final, 0, 1)
        check_range("beta1", self.beta1, 0, 0.999999)
        check_range("beta2", self.beta2, 0, 0.999999)
        check_range("ema_half_life_images", self.ema_half_life_images, 0, 1e9)
        check_range("ema_ramp_up", self.ema_ramp_up, 0, 1)
        check_choice("optimiser", self.optimiser, OPTIMISERS)
        check_choice("keep_weights", self.keep_weights, KEPT_WEIGHTS)
        check_range("keep_states_every", self.keep_states_every, 0, 1_000_000)
        check_range("disk_cap_gb", self.disk_cap_gb, 0.01, 1e6)
        check_range("retries_after_divergence", self.retries_after_divergence, 0, 100)
        check_range("terms_at_most", self.terms_at_most, 1, 4096)
        for column in self.conditions:
            check_choice("condition", column, CONDITION_COLUMNS)
        for finding in self.stopping_findings:
            check_choice("stop_when", finding, FINDINGS)
        check_choice("precision", self.precision, PRECISIONS)
        check_choice("memory_layout", self.memory_layout, MEMORY_LAYOUTS)
        check_choice("speedup", self.speedup, SPEEDUPS)
        check_range("grid_size", self.grid_size, 1, 1024)
        check_range("log_every_images", self.log_every_images, 1, 10_000_000)
        check_range("save_every_epochs", self.save_every_epochs, 0, 1_000_000)
        check_range("resume_every_seconds", self.resume_every_seconds, 0, 86_400)

    @property
    def compile(self) -> bool:
        return self.speedup == "compile"

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.condition.split(",") if part.strip())

    @property
    def stopping_findings(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.stop_when.split(",") if part.strip())
