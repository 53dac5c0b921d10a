import pickle
import pickletools
import struct
from pathlib import Path

import numpy as np
import pytest

from core.sources.files.safe_pickle import PickleError, entry, load_pickle

PICTURES = np.arange(2 * 12, dtype=np.uint8).reshape(2, 12)
BATCH = {"data": PICTURES, "labels": [3, 0], "filenames": ["a.png", "b.png"], "empty": b"", "title": b"x"}


class Harm:
    """Asks whoever loads it to create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("protocol", range(6))
def test_a_batch_is_read_as_every_protocol_writes_it(protocol):
    value = load_pickle(pickle.dumps(BATCH, protocol=protocol), "batch")
    assert np.array_equal(value["data"], PICTURES)
    assert value["data"].dtype == np.uint8
    assert {key: value[key] for key in BATCH if key != "data"} == {k: v for k, v in BATCH.items() if k != "data"}


def test_a_batch_written_by_python_2_has_its_keys_as_bytes():
    """Protocol 2 as the original CIFAR-10 was written: str is bytes, numpy lies under its old name."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x01K\x03\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x03\x01\x02\xfftb"
    )
    value = load_pickle(b"\x80\x02}(U\x04data" + array + b"U\x06labels]K\x07au.", "batch")
    assert entry(value, "data").tolist() == [[1, 2, 255]]
    assert entry(value, "labels") == [7]
    assert entry(value, "fine_labels", "nothing") is None


@pytest.mark.parametrize("dtype", ["u1", "<i4", ">i2", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_whole_numbers_keep_their_values_in_any_byte_order(dtype, order, protocol):
    array = np.asarray([[1, 0, 1], [0, 7, 100]], dtype=dtype, order=order)
    value = load_pickle(pickle.dumps({"x": array, "one": np.int64(-3)}, protocol=protocol), "x")
    assert value["x"].tolist() == array.tolist()
    assert value["one"] == -3


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_would_create_a_file_is_refused_and_the_file_is_not_made(tmp_path, protocol):
    target = tmp_path / "harm"
    hostile = pickle.dumps({"data": PICTURES, "labels": Harm(target)}, protocol=protocol)
    pickle.loads(hostile)["labels"].close()  # it does what it threatens, wherever it is loaded as usual
    target.unlink()
    with pytest.raises(PickleError, match=r"batch is not read: it asks for \w*io\.open"):
        load_pickle(hostile, "batch")
    assert not target.exists()


@pytest.mark.parametrize(
    "asked",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"cnumpy\nload\n(S'x'\ntR.",
        b"cnumpy.core.multiarray\nfromfile\n(S'x'\ntR.",
        b"c_codecs\ndecode\n(S'x'\ntR.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
    ],
)
def test_no_name_but_those_that_arrays_are_made_of_is_looked_up(asked):
    with pytest.raises(PickleError, match="it asks for"):
        load_pickle(asked, "batch")


@pytest.mark.parametrize(
    "asked",
    [
        b"(S'true'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'true'\no.",  # OBJ
        b"\x80\x02cnumpy\ndtype\n)\x81.",  # NEWOBJ
        b"\x82\x01.",  # EXT1
        b"Pthing\n.",  # PERSID
    ],
)
def test_instructions_that_plain_data_has_no_need_of_are_refused_before_any_is_carried_out(asked):
    with pytest.raises(PickleError, match=r"it holds (INST|OBJ|NEWOBJ|EXT1|PERSID)"):
        load_pickle(asked, "batch")


def test_a_far_place_in_the_memo_does_not_reserve_memory():
    far = b"\x80\x02Nr" + struct.pack("<I", 0x7FFFFFFF) + b"."
    assert any(operation.name == "LONG_BINPUT" for operation, _, _ in pickletools.genops(far))
    with pytest.raises(PickleError, match="no pickle as Python writes them"):
        load_pickle(far, "batch")


@pytest.mark.parametrize(
    "array", [np.zeros(2, object), np.zeros(2, "f8"), np.zeros(2, [("a", "u1")]), np.array(["text"])]
)
def test_arrays_of_anything_but_whole_numbers_are_refused(array):
    with pytest.raises(PickleError, match="not read: it holds an array"):
        load_pickle(pickle.dumps({"data": array}), "batch")


def test_a_shape_that_does_not_fit_its_bytes_is_damage_and_reserves_nothing():
    good = pickle.dumps(np.zeros((2, 3), np.uint8), protocol=4)
    shape = b"K\x02K\x03\x86"
    assert shape in good
    with pytest.raises(PickleError, match="damaged"):
        load_pickle(good.replace(shape, b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"), "batch")


@pytest.mark.parametrize("cut", [0, 1, 40, 100])
def test_a_pickle_that_was_cut_off_says_so(cut):
    whole = pickle.dumps(BATCH)
    with pytest.raises(PickleError, match=r"cut off|damaged"):
        load_pickle(whole[:cut], "batch")


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
def test_any_damage_ends_in_a_pickle_error():
    whole = bytearray(pickle.dumps(BATCH, protocol=2))
    random = np.random.default_rng(0)
    for _ in range(500):
        damaged = whole.copy()
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(256)
        try:
            load_pickle(bytes(damaged), "batch")
        except PickleError:
            continue
