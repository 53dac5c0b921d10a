"""Files of weights: what is opened gives the right pictures, what is hostile or broken is refused, and nothing runs."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.upscale.errors import ModelRefusedError
from core.upscale.layouts import CompactLayout, Layout
from core.upscale.model_files import load_model
from core.upscale.model_header import read_header
from core.upscale.network import load_network
from tests.core.upscale.made import (
    SMALL_COMPACT,
    SMALL_RRDB,
    SMALL_RRDB_X2,
    bare,
    network,
    painting,
    safetensors,
    weights,
)


def pth(path: Path, value: Any, **options: Any) -> Path:
    torch.save(value, path, **options)
    return path


# --- what is opened


@pytest.mark.parametrize("layout", [SMALL_COMPACT, SMALL_RRDB, SMALL_RRDB_X2])
@pytest.mark.parametrize("kind", ["safetensors", "pth", "old pth"])
def test_a_file_of_weights_makes_the_pictures_that_its_network_makes(layout: Layout, kind: str, tmp_path: Path) -> None:
    if kind == "safetensors":
        path = safetensors(tmp_path / "good.safetensors", layout)
    else:
        path = pth(tmp_path / "good.pth", network(layout).state_dict(), _use_new_zipfile_serialization=kind == "pth")
    found = load_network(path)
    picture = painting(16, 20)
    assert found.scale == layout.scale
    assert found.title == f"good: {layout.title}"
    assert np.allclose(found.run(picture), np.clip(bare(layout, picture), 0, 1), atol=1e-6)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: {"params_ema": state, "params": {name: value * 0 for name, value in state.items()}},
        lambda state: {"params": state},
        lambda state: {"state_dict": {f"module.{name}": value for name, value in state.items()}, "epoch": 3},
        lambda state: OrderedDict((name, value) for name, value in state.items()),
        lambda state: {name: nn.Parameter(value) for name, value in state.items()},
        lambda state: {"anything": state},
    ],
)
def test_the_ways_in_which_others_wrap_their_weights_are_understood(
    wrapped: Callable[[dict[str, Any]], Any], tmp_path: Path
) -> None:
    path = pth(tmp_path / "wrapped.pth", wrapped(weights(SMALL_COMPACT)))
    assert read_header(path).shapes == SMALL_COMPACT.shapes()
    picture = painting(16, 20)
    assert np.allclose(load_network(path).run(picture), np.clip(bare(SMALL_COMPACT, picture), 0, 1), atol=1e-6)


def test_weights_of_16_bits_are_opened_too(tmp_path: Path) -> None:
    state = {name: tensor.half() for name, tensor in weights(SMALL_COMPACT).items()}
    picture = painting(16, 20)
    found = load_network(pth(tmp_path / "half.pth", state)).run(picture)
    assert np.allclose(found, np.clip(bare(SMALL_COMPACT, picture), 0, 1), atol=2e-3)


def test_a_layout_that_is_not_ours_is_left_to_spandrel(tmp_path: Path) -> None:
    from spandrel.architectures.SPAN import SPAN

    torch.manual_seed(0)
    theirs = SPAN(num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2).eval()
    path = pth(tmp_path / "span.pth", {"params": theirs.state_dict()})
    found = load_network(path)
    assert found.scale == 2
    assert "SPAN" in found.title
    picture = painting(16, 20)
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    assert np.allclose(found.run(picture), np.clip(wanted, 0, 1), atol=1e-5)


# --- what is refused: programs


class Payload:
    """A pickle that makes a file when it is opened."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.canary}",)


def hidden_in_a_table(canary: Path, path: Path) -> None:
    torch.save({"params": {**weights(SMALL_COMPACT), "extra": Payload(canary)}}, path)


def hidden_beside_a_table(canary: Path, path: Path) -> None:
    torch.save({"params_ema": weights(SMALL_COMPACT), "optimizer": Payload(canary)}, path)


def in_an_old_file(canary: Path, path: Path) -> None:
    torch.save({**weights(SMALL_COMPACT), "x": Payload(canary)}, path, _use_new_zipfile_serialization=False)


def bare_pickle(canary: Path, path: Path) -> None:
    path.write_bytes(pickle.dumps(Payload(canary), protocol=2))


def new_protocol(canary: Path, path: Path) -> None:
    torch.save({**weights(SMALL_COMPACT), "x": Payload(canary)}, path, pickle_protocol=4)


@pytest.mark.parametrize(
    "attack", [hidden_in_a_table, hidden_beside_a_table, in_an_old_file, bare_pickle, new_protocol]
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_program_in_a_file_of_weights_is_refused_and_not_run(
    attack: Callable[[Path, Path], None], suffix: str, tmp_path: Path
) -> None:
    canary, path = tmp_path / "canary", tmp_path / f"hostile{suffix}"
    attack(canary, path)
    with pytest.raises(ModelRefusedError) as refused:
        load_model(path)
    assert not canary.exists()
    if suffix == ".pth":
        assert "system" in str(refused.value) or "Python pickle" in str(refused.value)


def test_the_attack_works_where_it_is_not_refused(tmp_path: Path) -> None:
    """So that the test before can fail."""
    path = tmp_path / "hostile.pth"
    hidden_in_a_table(tmp_path / "canary", path)
    torch.load(path, weights_only=False)
    assert (tmp_path / "canary").exists()


def test_torchscript_is_refused_by_whatever_name(tmp_path: Path) -> None:
    script = torch.jit.trace(network(SMALL_COMPACT), torch.rand(1, 3, 8, 8))
    for name in ("net.pth", "net.pt"):
        torch.jit.save(script, tmp_path / name)
        with pytest.raises(ModelRefusedError, match="TorchScript"):
            load_model(tmp_path / name)


@pytest.mark.parametrize("suffix", [".ckpt", ".bin", ".onnx", ".pkl", ""])
def test_other_kinds_of_files_are_refused_by_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    torch.save(weights(SMALL_COMPACT), path)
    with pytest.raises(ModelRefusedError, match=r"\.safetensors, or as \.pth"):
        load_model(path)


# --- what is refused: bombs and forgeries


@pytest.mark.parametrize("bytes_more", [0, 50_000_000])
def test_a_packed_file_is_refused_before_it_is_unpacked(bytes_more: int, tmp_path: Path) -> None:
    torch.save(weights(SMALL_COMPACT), tmp_path / "plain.pth")
    with zipfile.ZipFile(tmp_path / "plain.pth") as plain, zipfile.ZipFile(tmp_path / "bomb.pth", "w") as bomb:
        for entry in plain.infolist():
            bomb.writestr(entry.filename, plain.read(entry), zipfile.ZIP_DEFLATED)
        bomb.writestr("plain/data/999", bytes(bytes_more), zipfile.ZIP_DEFLATED)
        bomb.comment = bytes(65_000)  # so that the file is no smaller than what it unpacks to
    with pytest.raises(ModelRefusedError, match="packed as torch never packs"):
        load_model(tmp_path / "bomb.pth")


@pytest.mark.parametrize("old", [False, True])
def test_a_tensor_that_claims_more_numbers_than_the_file_holds_is_refused(old: bool, tmp_path: Path) -> None:
    state = weights(SMALL_COMPACT)
    state["body.0.weight"] = torch.zeros(1).expand(200_000, 3, 3, 3)
    path = pth(tmp_path / "forged.pth", state, _use_new_zipfile_serialization=not old)
    with pytest.raises(ModelRefusedError, match="cut short or forged"):
        load_model(path)


def test_a_safetensors_header_that_leads_outside_of_the_file_is_refused(tmp_path: Path) -> None:
    def file(header: Any, length: int | None = None) -> Path:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        (tmp_path / "forged.safetensors").write_bytes(struct.pack("<Q", length or len(text)) + text + bytes(64))
        return tmp_path / "forged.safetensors"

    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    assert read_header(file({"a": entry})).shapes == {"a": (4,)}
    hostile: list[Path | tuple[Any, int | None]] = [
        ({"a": entry | {"data_offsets": [0, 1 << 50]}}, None),
        ({"a": entry | {"shape": [1 << 40]}}, None),
        ({"a": entry | {"shape": [-4]}}, None),
        ({"a": entry | {"shape": ["4"]}}, None),
        ({"a": entry | {"dtype": "PY"}}, None),
        ({"a": entry | {"shape": [1] * 20}}, None),
        ({"a": entry}, 1 << 60),
        ([1, 2], None),
        (b"[" * 100_000, None),
        ({}, None),
        ({"__metadata__": {"a": 1}, "a": entry}, None),
    ]
    for header, length in hostile:  # type: ignore[misc]
        with pytest.raises(ModelRefusedError):
            read_header(file(header, length))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value: float, tmp_path: Path) -> None:
    state = weights(SMALL_COMPACT)
    state["body.2.weight"][1, 1, 1, 1] = value
    with pytest.raises(ModelRefusedError, match=r"no numbers \(in body\.2\.weight\)"):
        load_model(pth(tmp_path / "nan.pth", state))


# --- what is refused: broken, or something else


@pytest.mark.parametrize("kind", ["pth", "old pth", "safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"cut.{kind.split()[-1]}"
    if kind == "safetensors":
        safetensors(path)
    else:
        pth(path, weights(SMALL_COMPACT), _use_new_zipfile_serialization=kind == "pth")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelRefusedError):
        load_model(path)


def test_random_bytes_are_refused_whatever_they_are(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    starts = (b"", b"\x80\x02", b"PK\x03\x04", b"\x10\x00\x00\x00\x00\x00\x00\x00{", b"\x80\x04\x95")
    for start in starts:
        for suffix in (".pth", ".safetensors"):
            path = tmp_path / f"random{suffix}"
            path.write_bytes(start + draw.bytes(4000))
            with pytest.raises(ModelRefusedError):
                load_model(path)


def test_a_flipped_bit_gives_a_refusal_or_a_network_and_never_another_error(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(weights(SMALL_COMPACT), buffer)
    draw = np.random.default_rng(0)
    for _ in range(60):
        data = bytearray(buffer.getvalue())
        place = int(draw.integers(0, len(data)))
        data[place] ^= 1 << int(draw.integers(0, 8))
        (tmp_path / "flipped.pth").write_bytes(data)
        try:
            load_model(tmp_path / "flipped.pth")
        except ModelRefusedError:
            continue


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a.weight": torch.zeros(3, 3)}, "of no network for upscaling that is known"),
        ({"params": {}}, "holds no tensors"),
        ([torch.zeros(3)], "no table of tensors"),
        ({"body.0.weight": 3}, "which is no tensor"),
        ({"params": {"body.0.weight": "text"}}, "which is no tensor"),
        (
            {name: shape and torch.zeros(shape) for name, shape in SMALL_COMPACT.shapes().items() if "2" not in name},
            "cannot be one",
        ),
    ],
)
def test_what_is_no_network_is_refused_in_words(value: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match=words):
        load_model(pth(tmp_path / "other.pth", value))


def test_a_network_that_makes_grey_of_colours_is_refused(tmp_path: Path) -> None:
    state = weights(SMALL_RRDB)
    state["conv_last.weight"], state["conv_last.bias"] = state["conv_last.weight"][:1], state["conv_last.bias"][:1]
    with pytest.raises(ModelRefusedError, match="makes 1 channels of 3"):
        load_model(pth(tmp_path / "grey.pth", {name: tensor.clone() for name, tensor in state.items()}))


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.pth").mkdir()
    for name in ("none.pth", "folder.pth"):
        with pytest.raises(ModelRefusedError, match="There is no file"):
            load_model(tmp_path / name)


def test_a_network_of_too_many_channels_is_refused(tmp_path: Path) -> None:
    state = weights(CompactLayout(2, 4, 6, 1))
    save_file(state, tmp_path / "four.safetensors")
    with pytest.raises(ModelRefusedError, match="4 channels"):
        load_model(tmp_path / "four.safetensors")
