"""Runs Python as on a machine that has torch, torchvision, numpy and Pillow, and no other package:

python -m tests.bare_machine MODULE [ARGUMENTS...]          imports MODULE; with ARGUMENTS, calls its main with them

What those four need for themselves they may have; our own code may not.
"""

import builtins
import importlib
import sys

_PACKAGES = {"torch", "torchvision", "numpy", "PIL"}
_OURS = {"core", "benchmarks", "tests", "quality", "__main__"}
_import = builtins.__import__


def bare_import(name, scope=None, local=None, wanted=(), level=0):
    asking = str((scope or {}).get("__name__", "")).partition(".")[0]
    package = name.partition(".")[0]
    if not level and asking in _OURS and package not in _PACKAGES | _OURS | sys.stdlib_module_names:
        raise ModuleNotFoundError(f"No module named {package!r} on this bare machine", name=package)
    return _import(name, scope, local, wanted, level)


if __name__ == "__main__":
    builtins.__import__ = bare_import
    module = importlib.import_module(sys.argv[1])
    if sys.argv[2:]:
        sys.argv = sys.argv[1:]
        module.main()
