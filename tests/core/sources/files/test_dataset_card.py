import pytest

from core.sources.files.dataset_card import DatasetCard, read_card

WIKIART = """---
license: unknown
license_details: Data files © Original Authors
task_categories:
- image-classification
description: >
  features: none
  - at all
dataset_info:
  features:
  - name: image
    dtype: image
  - name: artist
    dtype:
      class_label:
        names:
          '0': Unknown Artist
          '1': vincent-van-gogh
          '2': "eugène: boudin"  # with a colon
          '3': 'l''hermitte'
  - name: style
    dtype:
      class_label:
        names:
        - Abstract_Expressionism
        - Ukiyo_e
  splits:
  - name: train
    num_bytes: 32627223530.05
---
# Dataset card
- name: not this
"""


def test_class_names_and_licence_of_a_card_are_read():
    assert read_card(WIKIART) == DatasetCard(
        class_names={
            "artist": ["Unknown Artist", "vincent-van-gogh", "eugène: boudin", "l'hermitte"],
            "style": ["Abstract_Expressionism", "Ukiyo_e"],
        },
        licence="unknown",
    )


def test_several_configurations_and_names_in_brackets_are_read():
    card = """---
dataset_info:
- config_name: default
  features:
    - name: label
      dtype:
        class_label:
          names: [a, 'b, c']
- config_name: other
  features:
  - name: image
    dtype: image
---"""
    assert read_card(card).class_names == {"label": ["a", "b, c"]}


def test_the_order_of_classes_is_that_of_their_numbers_not_of_their_lines():
    lines = "".join(f"          '{number}': class {number}\n" for number in (10, *range(10)))
    card = f"---\ndataset_info:\n  features:\n  - name: x\n    dtype:\n      class_label:\n        names:\n{lines}---\n"
    assert read_card(card).class_names["x"] == [f"class {number}" for number in range(11)]


@pytest.mark.parametrize("text", ["", "# No head", "---\nlanguage:\n- en\n---\n", "---\n---\n"])
def test_a_card_that_says_nothing_about_classes_is_an_empty_one(text):
    assert read_card(text) == DatasetCard()


@pytest.mark.parametrize(
    "head",
    [
        "dataset_info: {features: 1}\n---",
        "dataset_info:\n  a\n   b\n---",
        "license: cc0-1.0",
        "dataset_info:\n  features:\n  - dtype:\n      class_label:\n        names:\n          '1': a\n---",
    ],
)
def test_a_head_that_is_not_understood_says_so(head):
    with pytest.raises(ValueError):
        read_card(f"---\n{head}")
