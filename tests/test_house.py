"""The house: imports point down from floor to floor, and rooms stay small."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "infogan_keras"
FLOORS = (
    ("_arguments", "_files", "_random", "_registration", "_replicas"),
    ("_decoding", "_model_paths"),
    ("layers", "views"),
    ("latents",),
    ("architectures", "losses", "optimizers"),
    ("models", "datasets"),
    ("plotting",),
    ("evaluation", "naming"),
    ("export",),
    ("runs",),
    ("callbacks", "experiments", "explore"),
    ("cli", "__main__"),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(file):
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file):
    """The rooms that a file imports, wherever in it; public names count as the package's own."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "infogan_keras":
            parts = node.module.split(".")[1:]
            yield from [parts[0]] if parts else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("infogan_keras."):
                    yield alias.name.split(".")[1]


def test_every_room_has_a_floor():
    assert {room(file) for file in FILES} - set(FLOOR) == {"__init__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file):
    """Rooms of one floor do not know each other. Commands and `infogan_keras.x` names are at the top."""
    here = room(file)
    if here in ("__init__", "cli", "__main__"):
        return
    for other in set(imports(file)) - {here, "__version__"}:
        assert FLOOR[other] < FLOOR[here], f"{here} imports {other}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_module_is_long(file):
    assert len(file.read_text().splitlines()) <= 350
