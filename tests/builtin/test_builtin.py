from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from asterism import builtin
from asterism.embed.static import load_builtin


@pytest.fixture(scope="module")
def model():
    return load_builtin()


def similarity(model, a, b):
    first, second = model.encode([a, b])
    return float(first @ second)


def test_folder_is_small_enough_to_ship():
    assert sum(file.stat().st_size for file in builtin.folder().iterdir() if file.is_file()) <= 16_000_000


def test_vectors_have_length_one(model):
    vectors = model.encode(["a dog", "The stock market fell sharply.", "x"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, model.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_texts_of_like_meaning_are_nearer(model):
    assert similarity(model, "a cat sleeps on the sofa", "the kitten naps on a couch") > 0.5
    assert similarity(model, "a cat sleeps on the sofa", "shares of the bank fell in London") < 0.2


def test_king_is_nearer_to_queen_than_to_cabbage(model):
    assert similarity(model, "king", "queen") > similarity(model, "king", "cabbage") + 0.2


def test_same_words_as_model2vec_give_same_vectors(model):
    peer = pytest.importorskip("model2vec").StaticModel.from_pretrained(builtin.folder())
    texts = ["Hello, world!", "naïve café 東京 🙂", "supercalifragilistic " * 700, "", "ßtraße ÀÉÎ"]
    np.testing.assert_allclose(model.encode(texts), peer.encode(texts), atol=2e-6)


def test_settings_say_what_the_weights_are(model):
    settings = json.loads((builtin.folder() / "config.json").read_text(encoding="utf-8"))
    assert settings["hidden_dim"] == model.dim
    assert settings["normalize"] is True
    assert settings["max_length"] is None


def test_vocabulary_is_whole_words_with_their_vectors(model):
    words = model.vocabulary
    assert len(words) == len(set(words)) > 15_000
    assert {"king", "queen", "music"} <= set(words)
    rows = [words.index("king"), words.index("music")]
    np.testing.assert_allclose(model.token_vectors[rows], model.encode(["king", "music"]), atol=1e-6)


def test_loading_it_imports_nothing_heavy():
    code = (
        "import sys; from asterism.embed.static import load_builtin; load_builtin().encode(['a']);"
        "print([m for m in ('torch', 'transformers', 'huggingface_hub', 'model2vec', 'pyarrow', 'pandas')"
        " if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
