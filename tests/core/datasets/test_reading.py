import pytest

from core.datasets.conditions import Term, Vocabulary

ROTHKO, NEWMAN, FRANKENTHALER = (
    Term("artist", name, count) for name, count in (("Mark Rothko", 90), ("Barnett Newman", 40), ("Helén F.", 9))
)
ABSTRACT, EXPRESSIONISM, FIELD, POP = (
    Term("style", name, count)
    for name, count in (
        ("Abstract Art", 50),
        ("Abstract Expressionism", 70),
        ("Color Field Painting", 60),
        ("Pop Art", 8),
    )
)
SEA, ROTHKO_COLLECTION, ABSTRACT_TAG = (
    Term("tags", "sea", 20),
    Term("collection", "rothko late", 30),
    Term("tags", "art", 7),
)
WORDS = Vocabulary(
    (ROTHKO, EXPRESSIONISM, FIELD, ABSTRACT, NEWMAN, ROTHKO_COLLECTION, SEA, FRANKENTHALER, POP, ABSTRACT_TAG)
)


def read(text: str) -> dict[str, str]:
    """Column and value -> how it was found."""
    return {str(match.term): match.kind for match in WORDS.read(text).matches}


def test_free_words_become_terms_and_what_is_not_known_is_told():
    reading = WORDS.read("Blue abstract by Rothko")
    assert [str(match.term) for match in reading.matches] == ["style: Abstract Art", "artist: Mark Rothko"]
    assert reading.unknown == ("blue",)
    assert reading.ignored == ("by",)
    assert [str(WORDS.terms[place]) for place in reading.vector.nonzero()[0]] == [
        "artist: Mark Rothko",
        "style: Abstract Art",
    ]
    assert reading.in_words() == (
        "style: Abstract Art (from “abstract”); artist: Mark Rothko (from “rothko”); not known: blue"
    )


@pytest.mark.parametrize("text", ["Abstract Expressionism", "abstract-expressionism", "ABSTRACT  EXPRESSIONISM!"])
def test_case_hyphens_and_signs_make_no_difference(text):
    assert read(text) == {"style: Abstract Expressionism": "exact"}


def test_accents_make_no_difference():
    assert read("helen f") == {"artist: Helén F.": "exact"}


def test_words_of_a_longer_value_do_not_ask_for_a_shorter_one_too():
    assert read("pop art") == {"style: Pop Art": "exact"}
    assert read("pop art, art") == {"style: Pop Art": "exact", "tags: art": "exact"}


def test_words_may_be_joined_or_not():
    assert read("popart") == {"style: Pop Art": "exact"}
    assert read("rothko-late sea") == {"collection: rothko late": "exact", "tags: sea": "exact"}


def test_names_may_be_turned_round():
    assert read("Newman, Barnett") == {"artist: Barnett Newman": "part"}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("rothco", "artist: Mark Rothko"),
        ("colour feild", "style: Color Field Painting"),
        ("abstract expresionism", "style: Abstract Expressionism"),
    ],
)
def test_a_near_spelling_is_found_and_named_as_one(text, term):
    assert read(text) == {term: "near"}
    assert "near “" in WORDS.read(text).in_words()


def test_a_neighbour_in_spelling_that_is_another_name_is_not_near():
    monet = Vocabulary((Term("artist", "Claude Monet", 9),))
    assert monet.read("manet").unknown == ("manet",)
    assert not monet.read("manet").vector.any()


def test_what_the_same_words_could_mean_as_well_is_told():
    (match,) = WORDS.read("abstract").matches
    assert match.term == ABSTRACT
    assert match.others == (EXPRESSIONISM,)


def test_a_column_before_a_colon_holds_to_the_next_comma():
    assert read("collection: rothko, sea") == {"collection: rothko late": "part", "tags: sea": "exact"}
    assert WORDS.read("style: sea").unknown == ("sea",)


def test_a_reading_in_words_reads_as_itself():
    chosen = "artist: Mark Rothko; style: Color Field Painting; tags: sea"
    assert WORDS.read(chosen).in_words() == chosen


def test_connecting_words_ask_for_nothing_by_themselves():
    reading = Vocabulary((POP, FIELD)).read("a painting of the art")
    assert reading.matches == ()
    assert reading.ignored == ("a", "painting", "of", "the", "art")
    assert reading.unknown == ()
    assert reading.in_words() == "anything"


def test_one_value_in_two_columns_asks_for_both():
    both = Vocabulary((Term("style", "Minimalism", 9), Term("tags", "minimalism", 5)))
    assert both.read("minimalism").vector.tolist() == [1, 1]


def test_every_word_ends_in_one_place():
    text = "two blue seas by mark rothko and zxcv zxcv"
    reading = WORDS.read(text)
    placed = [*reading.unknown, *reading.ignored, *" ".join(match.words for match in reading.matches).split()]
    assert sorted(placed) == sorted(set(text.split()))


def test_no_words_ask_for_anything():
    assert not WORDS.read("  ").vector.any()
