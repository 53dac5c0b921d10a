"""What leaks: which changes of pictures come back in what a model paints, for each family of models.

A step of a recipe changes real pictures only. So a model learns the changed pictures: what is drawn, it draws. Zhao et
al. (2020, arXiv:2006.10738, section 3.1: "augment reals only") show translations, cutouts and colours that come back
in a GAN's samples. Karras et al. (2020, arXiv:2006.06676, section 2) say when they do not: the same changes
must be made to generated pictures too, before the discriminator sees them, and so seldom that they can be undone in
the mind (turning one picture in three onto some side can; turning each onto any side cannot). That is the training's
own DiffAugment (its settings augment and diffaugment_chance), and no step of a recipe. bCR (Zhao et al., 2020,
arXiv:2002.04724) changes both and asks for equal scores: it leaks as well (Karras et al., section 2). The notes tell
each step apart for the three families.
"""

from dataclasses import dataclass

FAMILIES = {"gan": "GAN", "vae": "VAE", "flow": "Flow"}


@dataclass(frozen=True)
class LeakNote:
    level: str  # "none" | "mild" | "strong"
    words: str


def notes(gan: tuple[str, str], vae: tuple[str, str], flow: tuple[str, str]) -> dict[str, LeakNote]:
    return {"gan": LeakNote(*gan), "vae": LeakNote(*vae), "flow": LeakNote(*flow)}


MIRRORED = notes(
    ("mild", "It paints mirrored as often as drawn: harmless where sides mean nothing; lettering comes out reversed."),
    ("mild", "Reconstructions keep their sides and stay sharp; samples come out mirrored as often as drawn."),
    ("mild", "It paints mirrored pictures as often as it was shown them; lettering comes out reversed."),
)
TURNED = notes(
    ("strong", "It cannot tell which way is up any more, and paints all of them. Fine where no way is up."),
    ("mild", "Reconstructions stay upright; samples come out turned as often as drawn."),
    ("strong", "It paints turned pictures as often as it was shown them."),
)
MOVED = notes(
    ("strong", "Moved, bent and filled-in edges come back in its samples. DiffAugment moves pictures without that."),
    ("mild", "Resampling softens a little, on top of a VAE's own blur; what comes in at the edges is learned."),
    ("strong", "It paints the resampled softness and what comes in at the edges as part of the picture."),
)
CROPPED = notes(
    ("mild", "It learns to paint parts of pictures: compositions come out closer, and cut off."),
    ("mild", "Samples are parts of pictures; enlarged parts are softer than whole ones."),
    ("mild", "It paints parts of pictures, cut off as they were shown."),
)
COLOURED = notes(
    ("strong", "Changed colours are learned as the collection's own: the palette of its samples spreads as far."),
    ("mild", "Reconstructions keep their colours; samples spread over the changed palette."),
    ("strong", "Its samples spread over the changed palette, as far as drawn."),
)
LEVELLED = notes(
    ("strong", "It paints the changed tones, as often as drawn."),
    ("mild", "Reconstructions keep their tones, samples do not; steps between tones are smoothed."),
    ("strong", "Pictures on few tones have no density: a likelihood grows without limit, and samples show the steps."),
)
GRAINY = notes(
    ("strong", "The discriminator sees grain in every real picture, so the generator paints grain."),
    (
        "none",
        "Noise has no code: a VAE paints its mean, which is the clean picture, but its errors cannot fall below it.",
    ),
    ("strong", "It learns to end in grain rather than in clean paint. It also hides steps between the 256 tones."),
)
BLURRED = notes(
    ("strong", "It paints as soft as the softest it was shown."),
    ("strong", "Adds to the blur that a VAE has anyway."),
    ("strong", "It paints soft pictures as often as it was shown them."),
)
