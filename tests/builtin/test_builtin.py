from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from asterism import builtin
from asterism.embed.lexicon import unpacked
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


def test_vectors_follow_the_definition_token_by_token(model):
    tensors = load_file(builtin.folder() / "model.safetensors")
    settings = json.loads((builtin.folder() / "config.json").read_text(encoding="utf-8"))
    lexicon = unpacked(tensors, settings)
    rows = lexicon.rows.astype(np.int64)
    row_of = {tuple(pair): lexicon.n_tokens + i for i, pair in enumerate(lexicon.pairs.tolist())}
    library = Tokenizer.from_file(str(builtin.folder() / "tokenizer.json"))
    texts = ["Hello, world! How do I get to New York?", "naïve café 東京 🙂", "do you know what it is " * 300, "", "!?"]
    heard = 0
    for text, vector in zip(texts, model.encode(texts), strict=True):
        ids = [i for i in library.encode(text, add_special_tokens=False).ids if i != library.token_to_id("[UNK]")]
        tokens = sorted(set(ids))
        loudness = np.rint(16 * np.sqrt([ids.count(token) for token in tokens])) / 16
        near = {(a, b) for i, a in enumerate(ids) for b in ids[i + 1 : i + 4]} & row_of.keys()
        total = loudness @ rows[tokens] + rows[[row_of[pair] for pair in near]].sum(0) * 8 / max(8, len(tokens))
        np.testing.assert_allclose(vector, total / max(np.linalg.norm(total), 1), atol=1e-6)
        heard += len(near)
    assert heard > 10


def test_word_alone_is_not_the_word_in_a_sentence(model):
    alone, said = model.encode(["guitar", "guitar ."])
    assert 0.3 < float(alone @ said) < 0.99


def test_settings_say_what_the_weights_are(model):
    settings = json.loads((builtin.folder() / "config.json").read_text(encoding="utf-8"))
    assert settings["hidden_dim"] == model.dim
    assert settings["normalize"] is True
    assert (settings["window"], settings["loudest"]) == (3, 8)


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
