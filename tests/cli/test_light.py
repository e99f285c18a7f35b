from __future__ import annotations

import subprocess
import sys

import pytest

SHOW = "import atexit, sys; atexit.register(lambda: print('pandas' in sys.modules, file=sys.stderr));"


def test_a_run_does_not_import_pandas_though_it_is_there(tmp_path):
    pytest.importorskip("pandas")
    (tmp_path / "a.csv").write_text("text,n\none,1\ntwo,2\n")
    command = ["embed", str(tmp_path / "a.csv"), "-o", str(tmp_path / "a.space"), "--quiet"]
    code = SHOW + f"from asterism.cli import main; main({command})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.split() == ["False"]
    assert (tmp_path / "a.space" / "manifest.json").is_file()


def test_frames_are_read_after_pandas_was_hidden():
    pytest.importorskip("pandas")
    code = (
        "from asterism.cli._light import leave_pandas_out; leave_pandas_out();"
        "import pandas as pd; from asterism.read import read;"
        "frame = pd.DataFrame({'text': ['a', None], 'n': [1.5, float('nan')]});"
        "assert read(frame).table.to_pydict() == {'text': ['a', None], 'n': [1.5, None]};"
        "assert frame.equals(frame.copy())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
