"""The one-file example beside an exported network: loads exactly that file, without Atelier, and writes a grid."""

import re
import textwrap
from typing import Any

from core.model_files.bundle import bundled_source
from core.model_files.facts import KEY
from core.models.zoo import find_architecture

_NEEDS = {
    "safetensors": ("torch, numpy and safetensors", "pip install torch numpy safetensors"),
    "torchscript": ("torch and numpy", "pip install torch numpy"),
    "onnx": ("onnxruntime and numpy", "pip install onnxruntime numpy"),
}

_LATENTS = '''
def latents(count, seed):
    """Standard normal numbers (count, LATENT_DIM): picture number i of a seed is the same as in Atelier."""
    rows = [np.random.default_rng((seed, number)).standard_normal(LATENT_DIM) for number in range(count)]
    return np.array(rows, np.float32)
'''

_TERMS = '''
def wanted(names, count):
    """One row of TERMS for each picture, (count, len(TERMS)): 1 for what is wanted; all zeros mean "anything"."""
    row = np.zeros(len(TERMS), np.float32)
    for name in names:
        if name not in TERMS:
            raise SystemExit(f"There is no {name!r}. There are: {', '.join(TERMS)}")
        row[TERMS.index(name)] = 1
    return np.tile(row, (count, 1))
'''

_GRID = '''
def save_grid(images, path, columns):
    """Pictures (N, 3, H, W) in [-1, 1], row by row, as a PNG; nothing but Python is needed for that."""
    count, _, height, width = images.shape
    rows = -(-count // columns)
    pixels = np.clip(np.round((images.transpose(0, 2, 3, 1) + 1) * 127.5), 0, 255).astype(np.uint8)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, picture in enumerate(pixels):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + height, left : left + width] = picture

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\\x00" + line.tobytes() for line in sheet)
    head = struct.pack(">IIBBBBB", sheet.shape[1], sheet.shape[0], 8, 2, 0, 0, 0)
    png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    Path(path).write_bytes(png)
'''

_LOAD = {
    "safetensors": f'''
def load(path):
    """The network: z{{more}} -> pictures, all as numpy arrays."""
    with safe_open(path, framework="pt") as file:
        facts = json.loads(file.metadata()["{KEY}"])
        weights = {{{{name: file.get_tensor(name) for name in file.keys()}}}}
    network = {{network}}({{config}}(**facts["network"]))
    network.load_state_dict(weights)
    network = network.to(memory_format=torch.channels_last).eval().requires_grad_(False)
    return lambda *inputs: network(*map(torch.from_numpy, inputs)).numpy()
''',
    "torchscript": '''
def load(path):
    """The network: z{more} -> pictures, all as numpy arrays."""
    network = torch.jit.load(path, map_location="cpu").eval()

    def draw(*inputs):
        with torch.no_grad(), torch.jit.optimized_execution(False):
            return network(*map(torch.from_numpy, inputs)).numpy()

    return draw
''',
    "onnx": '''
def load(path):
    """The network: z{more} -> pictures, all as numpy arrays."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # weights that only training back in Atelier needs are left out with a remark each
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return lambda *inputs: session.run(["images"], dict(zip(names, inputs)))[0]
''',
}

_MAIN = """
def main():
    options = argparse.ArgumentParser(description="Draw pictures from {file}.")
    options.add_argument("--file", default=str(Path(__file__).with_name({file!r})))
    options.add_argument("--out", default={grid!r})
    options.add_argument("--count", type=int, default=16)
    options.add_argument("--columns", type=int, default=4)
    options.add_argument("--seed", type=int, default=0)
{options}    asked = options.parse_args()
    draw = load(asked.file)
    z = latents(asked.count, asked.seed)
{terms}    images = np.concatenate([{draw} for start in range(0, len(z), 8)])
    save_grid(images, asked.out, asked.columns)
    print(f"{{len(images)}} pictures in {{asked.out}}")


if __name__ == "__main__":
    main()
"""


def example_source(form: str, facts: dict[str, Any], file: str) -> str:
    """The text of the example for a file called `file` with these facts."""
    needs, install = _NEEDS[form]
    conditioned = "terms" in facts["inputs"]
    about = (
        f"Draws pictures from {file}, which holds the network of epoch {facts.get('epoch')} of the run "
        f"{facts.get('run')} (preset {facts.get('preset')}). Needs {needs}: {install}"
    )
    about = "\n".join(textwrap.wrap(_harmless(about), 116, break_long_words=False))
    source, names = "", {"network": "", "config": ""}
    if form == "safetensors":
        architecture = find_architecture(facts["architecture"])
        place = architecture.networks[architecture.sampled]
        config = architecture.config
        source = bundled_source([f"{config.__module__}:{config.__qualname__}", place])
        names = {"network": place.partition(":")[2], "config": config.__qualname__}
        own = "".join((_LATENTS, _TERMS, _LOAD[form], _GRID, "def main():\nLATENT_DIM =\nTERMS ="))
        taken = _defined(source) & _defined(own)
        if taken:
            raise ValueError(f"the network and its example both define {', '.join(sorted(taken))}")
    parts = [
        f'"""{about}\n\n    python {_harmless(file)}.example.py --seed 1 --out pictures.png\n"""\n',
        _imports(form),
        source
        and f"\n# ---- the network, as Atelier defines it {'-' * 78}\n\n{source}\n\n# ---- drawing {'-' * 104}\n",
        "\n" + _constants(facts, conditioned),
        _LATENTS,
        _TERMS if conditioned else "",
        _LOAD[form].format(more=", terms" if conditioned else "", **names),
        _GRID,
        _MAIN.format(
            file=file,
            grid=f"{file}.png",
            options='    options.add_argument("--want", nargs="*", default=[], help="any of TERMS")\n' * conditioned,
            terms="    terms = wanted(asked.want, asked.count)\n" * conditioned,
            draw="draw(z[start : start + 8], terms[start : start + 8])"
            if conditioned
            else "draw(z[start : start + 8])",
        ),
    ]
    return "\n".join(part.rstrip("\n") + "\n" if part.strip() else part for part in parts if part)


def _defined(text: str) -> set[str]:
    """Functions, classes and constants at the top level of a text."""
    return {found[1] for found in re.finditer(r"^(?:def |class )?(\w+)\b(?= *[(:=])", text, re.MULTILINE)}


def _imports(form: str) -> str:
    plain = ["argparse", "struct", "zlib", *(["json"] if form == "safetensors" else [])]
    lines = [*(f"import {name}" for name in sorted(plain)), "from pathlib import Path", "", "import numpy as np"]
    lines += {
        "safetensors": ["import torch", "from safetensors import safe_open"],
        "torchscript": ["import torch"],
        "onnx": ["import onnxruntime"],
    }[form]
    return "\n".join(lines)


def _constants(facts: dict[str, Any], conditioned: bool) -> str:
    lines = [f"LATENT_DIM = {int(facts['inputs']['z'][1])}"]
    if conditioned:
        known = [f"{term.get('column')}: {term.get('value')}" for term in facts["terms"]]
        count = int(facts["inputs"]["terms"][1])
        names = known if len(known) == count else [f"term {number}" for number in range(count)]
        lines += ["TERMS = [", *(f"    {name!r}," for name in names), "]"]
    return "\n".join(lines) + "\n"


def _harmless(text: str) -> str:
    """Text that cannot end the docstring it stands in."""
    return text.replace("\\", "/").replace('"', "'")
