"""What the commands read from stdin and write to stdout and stderr, as a process of its own meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def process(tmp_path):
    """Runs `asterism` as a process of its own; gives its exit code, stdout and stderr as bytes."""
    (tmp_path / "things.csv").write_text("text,topic\nпривет 🎉,a\nworld,b\n", "utf-8")

    def call(arguments, redirected="", **environment):
        command = f'exec "$0" -m asterism {arguments} {redirected}'
        done = subprocess.run(
            ["/bin/sh", "-c", command, sys.executable],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return call


def test_closed_stdin_is_a_clear_line(process):
    code, _, err = process("map -", "<&-")
    assert (code, err) == (1, b"asterism: There is no stdin to read texts from; pipe them in, or name a file.\n")


def test_stdin_is_called_so_in_messages(process):
    assert process("map -", "</dev/null")[2] == b"asterism: 'stdin' is empty; expected at least one text.\n"


def test_an_interrupt_while_the_command_is_imported_ends_quietly():
    code = (
        "import os, signal, sys\n"
        "from asterism.__main__ import run\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'asterism.cli.main':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_closed_stderr_is_no_fault(process):
    assert process("neighbors things.csv world", "2>&-")[0] == 0


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_characters_that_stdout_has_not_are_replaced(process, encoding):
    code, out, err = process("neighbors things.csv world", PYTHONIOENCODING=encoding)
    assert code == 0
    assert ("привет 🎉" if encoding == "utf-8" else "?????? ?") in out.decode(encoding)
    assert b"Traceback" not in err
    assert process("map --help", PYTHONIOENCODING=encoding)[0] == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_keeps_every_character_whatever_stdout_has(process, encoding):
    code, out, _ = process("neighbors things.csv world --json", PYTHONIOENCODING=encoding)
    assert code == 0
    assert "привет 🎉" in json.loads(out.decode(encoding))["texts"]


def test_a_reader_who_goes_is_no_fault(process):
    assert b"Traceback" not in process("distances things.csv", "| true")[2]
