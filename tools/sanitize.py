"""Build the native kernels with the address and undefined-behaviour sanitizers and run their tests on them.

Needs gcc or clang on Linux, cmake and nanobind (pip install nanobind cmake):

    python tools/sanitize.py [tests …]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = [
    "tests/project/test_tsne.py",
    "tests/project/test_umap.py",
    "tests/project/test_fan.py",
    "tests/project/test_pca.py",
    "tests/project/test_quality.py",
    "tests/graph",
    "tests/test_parallel.py",
]


def run(*command: str) -> str:
    """Run a command and answer what it printed; its failure is ours."""
    answer = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return answer.stdout.strip()


def build(folder: Path) -> None:
    """Build the module into a copy of the package inside this folder."""
    package = folder / "asterism"
    shutil.copytree(ROOT / "src" / "asterism", package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    nanobind = run(sys.executable, "-m", "nanobind", "--cmake_dir")
    run(
        "cmake", "-S", str(ROOT), "-B", str(folder / "build"), "-DCMAKE_BUILD_TYPE=Debug", "-DASTERISM_SANITIZE=ON",
        f"-DPython_EXECUTABLE={sys.executable}", f"-Dnanobind_DIR={nanobind}",
    )  # fmt: skip
    run("cmake", "--build", str(folder / "build"), "--parallel", "2")
    for module in (folder / "build").glob("_native*.so"):
        shutil.copy(module, package)


def main() -> None:
    """Build, run the tests, and end with their exit status."""
    compiler = os.environ.get("CXX", "c++")
    runtimes = [run(compiler, f"-print-file-name={name}") for name in ("libasan.so", "libubsan.so")]
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        sanitized = {
            "PYTHONPATH": folder,
            "LD_PRELOAD": " ".join(runtimes),  # They have to be there before Python starts.
            "ASAN_OPTIONS": "detect_leaks=0",  # Python itself never frees some of its memory.
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        }
        answer = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(sys.argv[1:] or TESTS)],
            check=False,
            cwd=ROOT,
            env={**os.environ, **sanitized},
        )
    sys.exit(answer.returncode)


if __name__ == "__main__":
    main()
