from __future__ import annotations

import subprocess
import sys

import pytest

import asterism

HEAVY = ("torch", "numba", "pandas", "sklearn", "scipy", "matplotlib", "pyarrow", "numpy")


def test_every_public_name_resolves():
    assert sorted(asterism.__all__) == asterism.__all__
    for name in asterism.__all__:
        assert getattr(asterism, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        asterism.nothing  # noqa: B018


def test_import_loads_nothing_heavy():
    code = f"import sys, asterism; print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom asterism.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip().splitlines()[-1] == "[]"
