import pytest

from core.errors import ConfigError
from core.models.zoo import PRESETS, find_preset
from core.training.settings import configure, parse_pairs, setting_names


def test_every_preset_has_settings_that_are_possible():
    for preset in PRESETS.values():
        for resolution in preset.resolutions:
            network, training = configure(preset, resolution)
            assert network.resolution == resolution
            assert training.batch_size >= 2


def test_text_is_read_by_the_type_of_the_setting():
    network, training = configure(
        find_preset("quick-gan"), 32, {"width": "16", "flip": "no", "learning_rate": "3e-4", "augment": "color"}
    )
    assert (network.width, training.flip, training.learning_rate, training.augment) == (16, False, 3e-4, "color")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("width", "wide", "width must be a whole number"),
        ("width", 1.5, "width must be a whole number"),
        ("learning_rate", "fast", "learning_rate must be a number"),
        ("learning_rate", "nan", "learning_rate must lie between"),
        ("flip", "perhaps", "flip must be yes or no"),
        ("loss", "wgan", "relativistic, cross-entropy, hinge"),
        ("augment", "translation,blur", "color, translation, cutout"),
        ("batch_size", "1", "batch_size must lie between 2"),
        ("resolution", "64", "follows from the dataset"),
    ],
)
def test_an_impossible_value_is_refused_in_words(name, value, message):
    with pytest.raises(ConfigError, match=message):
        configure(find_preset("quick-gan"), 32, {name: value})


def test_an_unknown_setting_is_answered_with_near_names():
    with pytest.raises(ConfigError, match="Did you mean learning_rate"):
        configure(find_preset("quick-gan"), 32, {"lerning_rate": "1"})
    with pytest.raises(ConfigError, match=r"There are: .*batch_size"):
        configure(find_preset("quick-gan"), 32, {"xyzzy": "1"})


def test_a_vae_has_no_settings_of_a_gan():
    with pytest.raises(ConfigError, match="penalty_gamma"):
        configure(find_preset("quick-vae"), 32, {"penalty_gamma": "1"})


def test_setting_names_lists_both_kinds_with_their_types():
    names = setting_names(find_preset("quick-gan"))
    assert names["width"] is int
    assert names["flip"] is bool
    assert "resolution" not in names


def test_pairs_are_split_at_the_first_equals_sign():
    assert parse_pairs(["width=8", "augment=a=b"]) == {"width": "8", "augment": "a=b"}
    with pytest.raises(ConfigError, match="name=value"):
        parse_pairs(["width"])


def test_atelier_gan_holds_its_discriminator_tighter_the_larger_the_pictures():
    preset = find_preset("atelier-gan")
    gammas = [configure(preset, side)[1].penalty_gamma for side in (32, 64, 128, 256)]
    assert gammas == sorted(set(gammas))
    assert configure(preset, 128, {"penalty_gamma": "3"})[1].penalty_gamma == 3
