"""Commands about people: the owners' passphrase."""

import argparse
import getpass
import sys

from core.cli_output import add_command, print_result, remark
from core.errors import ConfigError


def passphrase(options: argparse.Namespace) -> None:
    from core.access.passphrase import hash_passphrase

    if sys.stdin.isatty():
        chosen = getpass.getpass("Passphrase: ")
        if getpass.getpass("Once more: ") != chosen:
            raise ConfigError("The two were different. Nothing was made.")
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    hashed = hash_passphrase(chosen)
    remark("Put this below [atelier] in .streamlit/secrets.toml, a file that only the server's user may read:")
    print_result(options, {"passphrase": hashed}, f'passphrase = "{hashed}"')


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add_command(
        commands,
        "passphrase",
        passphrase,
        "make what lets owners sign in to a shared lab; asks, or reads one line from standard input",
    )
