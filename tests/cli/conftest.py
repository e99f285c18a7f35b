"""What the tests of the commands share: eight rows in a file, and a way to run a command on them."""

from __future__ import annotations

import pytest

from asterism.cli import main

ROWS = [
    ("The cat sleeps on the sofa.", "animals"),
    ("A dog barks at the mailman.", "animals"),
    ("Horses run across the field.", "animals"),
    ("The car needs new tyres.", "vehicles"),
    ("A bus stops at the corner.", "vehicles"),
    ("The train leaves at noon.", "vehicles"),
    ("", "empty"),
    ("The cat sleeps on the sofa.", "animals"),
]


@pytest.fixture
def rows():
    """Texts and topics of things.csv."""
    return ROWS


@pytest.fixture
def table(tmp_path):
    """things.csv."""
    path = tmp_path / "things.csv"
    lines = ["text,topic", *(f'"{text}",{topic}' for text, topic in ROWS)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def run(capsys, monkeypatch, tmp_path, table):
    """Runs a command in the folder of things.csv; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as error:
            code = error.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
