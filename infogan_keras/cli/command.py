"""The command `infogan` and its subcommands, one module of `commands` each."""

import argparse
import importlib
import sys
from types import ModuleType

from infogan_keras import __version__
from infogan_keras._arguments import unknown_name
from infogan_keras.cli.errors import Parser, one_line_errors

# Each is a module with a docstring, `add_flags(parser)`, and `run(arguments)`; a new one needs its name here only.
COMMANDS = ("train", "resume", "evaluate", "traverse", "export", "info", "models", "explore")


def main(argv: list[str] | None = None) -> None:
    """Runs `infogan`; SystemExit with code 2 and one line on stderr for a user's error, with 130 for Ctrl-C."""
    argv = sys.argv[1:] if argv is None else argv
    parser = make_parser()
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        parser.error(unknown_name("command", argv[0], COMMANDS))
    arguments = parser.parse_args(argv)
    with one_line_errors(f"infogan {arguments.command}"):
        _module(arguments.command).run(arguments)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog="infogan", description="InfoGAN: train, look at, measure and export models with named codes.")
    parser.add_argument("--version", action="version", version=f"infogan {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = _module(name)
        description = module.__doc__ or ""
        command = commands.add_parser(
            name,
            help=description.partition("\n")[0],
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_flags(command)
    return parser


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"infogan_keras.cli.commands.{command}")
