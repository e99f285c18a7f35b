from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from asterism._native import pool_float
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from asterism.embed import static
from asterism.embed._wordpiece import is_supported
from asterism.embed.static import load_builtin, load_folder, load_static
from asterism.errors import EmbedError, InputError, ModelNotFound

DATA = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
GOLDEN = DATA / "models" / "model2vec_vocab_quantized"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data in {DATA}; set ASTERISM_DATA")

WORDS = ["[UNK]", "a", "b", "cat", "##s", "cats", "dog", "!", "##er", "é"]


@pytest.fixture(scope="module")
def model():
    return load_builtin()


@pytest.fixture(scope="module")
def library():
    return Tokenizer.from_file(str(static.builtin.folder() / "tokenizer.json"))


def tiny(folder, dtype=np.float32, *, config=None, pre=None, lowercase=True, **tensors):
    """Save a model of ten tokens in three dimensions."""
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre or pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = np.random.default_rng(1).integers(-100, 100, (len(WORDS), 3)).astype(dtype)
    save_file({"embeddings": rows} | tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config or {"normalize": False}), encoding="utf-8")
    return rows.astype(np.float32)


def assert_same_ids(model, library, texts):
    ids, offsets = model._wordpiece.encode(texts, threads=2, keep_unknown=True)
    for i, (text, encoding) in enumerate(
        zip(texts, library.encode_batch_fast(texts, add_special_tokens=False), strict=True)
    ):
        assert ids[offsets[i] : offsets[i + 1]].tolist() == encoding.ids, text


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
def test_vector_is_mean_of_token_vectors(tmp_path, dtype):
    rows = tiny(tmp_path, dtype)
    vectors = load_folder(tmp_path, name="tiny").encode(["Cats dog!", "cater", ""])
    np.testing.assert_allclose(vectors[0], rows[[5, 6, 7]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(vectors[1], rows[[3, 8]].mean(0), rtol=1e-6)
    assert not vectors[2].any()


def test_mapping_and_weights_are_applied(tmp_path):
    mapping = np.arange(len(WORDS), dtype=np.int64)[::-1].copy()
    weights = np.linspace(0.5, 2, len(WORDS))
    rows = tiny(tmp_path, mapping=mapping, weights=weights)
    model = load_folder(tmp_path, name="tiny")
    expected = (rows[9 - 3] * weights[3] + rows[9 - 6] * weights[6]) / 2
    np.testing.assert_allclose(model.encode(["cat dog"])[0], expected, rtol=1e-6)
    np.testing.assert_allclose(model.token_vectors[model.vocabulary.index("cat")], rows[6] * weights[3], rtol=1e-6)


def test_normalised_model_gives_length_one_and_unknown_text_zeros(tmp_path):
    tiny(tmp_path, config={"normalize": True})
    vectors = load_folder(tmp_path, name="tiny").encode(["cat", "xyz", " \t\n"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0], atol=1e-6)


def test_stated_limit_on_tokens_is_kept(tmp_path):
    rows = tiny(tmp_path, config={"normalize": False, "max_length": 2})
    model = load_folder(tmp_path, name="tiny")
    assert model.max_tokens == 2
    np.testing.assert_allclose(model.encode(["cat dog b b b"])[0], rows[[3, 6]].mean(0), rtol=1e-6)


def test_other_pre_tokenizers_go_through_the_library(tmp_path):
    rows = tiny(tmp_path, pre=pre_tokenizers.Whitespace())
    model = load_folder(tmp_path, name="tiny")
    assert model._wordpiece is None
    np.testing.assert_allclose(model.encode(["cat dog", "\ud800 cats"]), [rows[[3, 6]].mean(0), rows[5]], rtol=1e-6)


def test_cased_tokenizer_keeps_case_and_accents(tmp_path):
    rows = tiny(tmp_path, lowercase=False)
    vectors = load_folder(tmp_path, name="tiny").encode(["CAT", "é"])
    assert not vectors[0].any()
    np.testing.assert_allclose(vectors[1], rows[9])


def test_fingerprint_follows_weights_and_settings(tmp_path):
    prints = []
    for config, dtype in (({"normalize": False}, np.float32), ({"normalize": True}, np.float32), (None, np.int8)):
        tiny(tmp_path, dtype, config=config)
        prints.append(load_folder(tmp_path, name="tiny").fingerprint)
    assert len(set(prints)) == 3
    assert load_folder(tmp_path, name="other").fingerprint == prints[-1]


@needs_data
def test_vocabulary_quantised_model_gives_published_vector():
    golden = json.loads((GOLDEN / "embeddings_vocab_quantized.json").read_text(encoding="utf-8"))
    model = load_static(str(GOLDEN))
    np.testing.assert_allclose(model.encode(["hello"]), golden, atol=1e-6)
    assert {"hello", "world"} <= set(model.vocabulary)


@needs_data
def test_vocabulary_quantised_model_agrees_with_model2vec():
    peer = pytest.importorskip("model2vec").StaticModel.from_pretrained(GOLDEN)
    texts = ["A quick brown fox", "…", "", "naïve 東京"]
    np.testing.assert_allclose(load_static(str(GOLDEN)).encode(texts), peer.encode(texts), atol=1e-6)


def test_sentence_transformers_layout_is_read(tmp_path):
    rows = tiny(tmp_path)
    inner = tmp_path / "0_StaticEmbedding"
    inner.mkdir()
    save_file({"embedding.weight": rows}, inner / "model.safetensors")
    (tmp_path / "tokenizer.json").rename(inner / "tokenizer.json")
    (tmp_path / "config.json").rename(tmp_path / "config_sentence_transformers.json")
    (tmp_path / "config_sentence_transformers.json").write_text("{}", encoding="utf-8")
    vector = load_folder(tmp_path, name="tiny").encode(["cat"])[0]
    np.testing.assert_allclose(vector, rows[3] / np.linalg.norm(rows[3]), rtol=1e-6)


def test_folder_without_model_is_refused(tmp_path):
    with pytest.raises(ModelNotFound, match="holds no static model; expected config"):
        load_static(str(tmp_path))


@pytest.mark.parametrize("damage", ["cut", "few rows", "bad mapping", "no table", "no json"])
def test_damaged_model_is_refused(tmp_path, damage):
    mapping = {"mapping": np.full(len(WORDS), 99)} if damage == "bad mapping" else {}
    tiny(tmp_path, **mapping)
    weights = tmp_path / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-7])
    if damage == "few rows":
        save_file({"embeddings": np.ones((3, 2), np.float32)}, weights)
    if damage == "no table":
        save_file({"other": np.ones((10, 2), np.float32)}, weights)
    if damage == "no json":
        (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(EmbedError, match="damaged static model"):
        load_folder(tmp_path, name="tiny")


def test_unreachable_id_is_one_clear_error(monkeypatch):
    hub = pytest.importorskip("huggingface_hub")

    def offline(*_args, **_kwargs):
        raise hub.errors.LocalEntryNotFoundError("Cannot find the requested files in the disk cache")

    monkeypatch.setattr(hub, "snapshot_download", offline)
    with pytest.raises(ModelNotFound, match="'nobody/nothing' is no folder here"):
        load_static("nobody/nothing")


def test_malformed_id_is_one_clear_error():
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ModelNotFound, match="There is no folder"):
        load_static("not a/model/id")


def test_no_texts_give_no_rows(model):
    assert model.encode([]).shape == (0, model.dim)


def test_bits_do_not_depend_on_threads_or_company(model):
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(model.vocabulary[:5_000], rng.integers(30))) for _ in range(2_000)]
    one = model.encode(texts, threads=1)
    np.testing.assert_array_equal(one, model.encode(texts, threads=3))
    np.testing.assert_array_equal(one[1_500:1_501], model.encode(texts[1_500:1_501], threads=2))


def test_no_threads_are_refused(model):
    with pytest.raises(InputError, match="threads is 0"):
        model.encode(["a"], threads=0)


def test_texts_that_are_no_strings_are_refused(model):
    with pytest.raises(TypeError):
        model.encode([None])


def test_batches_are_bounded_and_complete(monkeypatch, model):
    monkeypatch.setattr(static, "TEXTS_AT_ONCE", 3)
    monkeypatch.setattr(static, "CHARACTERS_AT_ONCE", 40)
    texts = ["a", "bb", "x" * 90, "", "c", "d", "e", "f" * 39, "gg"]
    assert list(static._batches(texts)) == [(0, 2), (2, 3), (3, 6), (6, 8), (8, 9)]
    np.testing.assert_array_equal(model.encode(texts)[-1], model.encode(["gg"])[0])


def test_progress_counts_every_text(monkeypatch, model):
    monkeypatch.setattr(static, "TEXTS_AT_ONCE", 4)
    done = []

    class Report:
        def advance(self, n):
            done.append(n)

    model.encode(["a"] * 10, report=Report())
    assert done == [4, 4, 2]


def test_long_text_is_read_to_its_end(model):
    end = "the violin concerto in the opera house"
    vectors = model.encode(["tax law " * 12_500, "tax law " * 12_500 + end * 2_500, end])
    assert vectors[1] @ vectors[2] > vectors[0] @ vectors[2] + 0.3


def test_ids_equal_the_library_on_every_character(model, library):
    codes = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF and (c < 0x3400 or c % 61 == 0)]
    assert_same_ids(model, library, [f"the cat{chr(c)}fish{chr(c)} {chr(c)}x" for c in codes])


def test_ids_equal_the_library_on_hard_words(model, library):
    rng = np.random.default_rng(5)
    alphabet = list("aeiorstlnbcdé.-'# 漢字éßİΣς\u0301\u200d\u00ad\x00\t\n")
    texts = ["".join(rng.choice(alphabet, rng.integers(60))) for _ in range(4_000)]
    assert_same_ids(model, library, [*texts, "a" * 100, "a" * 101, "á" * 101, "[UNK] [CLS] ##ing", "\ufffd"])


def test_lone_surrogate_counts_as_replacement_character(model):
    np.testing.assert_array_equal(*model.encode(["cat \ud800 dog", "cat \ufffd dog"]))


@needs_data
def test_ids_equal_the_library_on_real_texts(model, library):
    pq = pytest.importorskip("pyarrow.parquet")
    titles = next(pq.ParquetFile(DATA / "reddit" / "reddit_titles.parquet").iter_batches(40_000, columns=["title"]))
    naughty = json.loads((DATA / "awkward" / "blns.json").read_text(encoding="utf-8"))
    assert_same_ids(model, library, [*titles["title"].to_pylist(), *naughty])


@needs_data
def test_ids_equal_the_library_in_all_languages(model, library):
    folder = DATA / "multilingual" / "tatoeba"
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".md")
    lines = []
    for file in files:
        lines += file.read_text(encoding="utf-8").splitlines()[:60]
    assert len(files) > 100
    assert_same_ids(model, library, lines)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("added_tokens", [{"content": "[CLS]"}]),
        ("normalizer", None),
        ("pre_tokenizer", {"type": "Whitespace"}),
        ("model", {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "[UNK]"}),
    ],
)
def test_only_plain_wordpiece_is_run_natively(library, part, value):
    spec = json.loads(library.to_str())
    assert is_supported(spec)
    assert not is_supported(spec | {part: value})


READER = """
from threading import Thread
from asterism.embed._wordpiece import WordPiece
from asterism.embed.static import load_builtin

spec = load_builtin()._spec
text = " ".join(3 * chr(0x61 + i % 26) for i in range(200))
for _ in range(4):
    pieces = WordPiece(spec)
    alone = pieces.encode([text], threads=1)[0].tolist()
    at_work = True

    def read():
        while at_work:
            ids = pieces.encode([text] * 2000, threads=2)[0].reshape(2000, -1)
            assert (ids == alone).all()

    reader = Thread(target=read)
    reader.start()
    for code in range(0x4000, 0x9000, 2000):
        pieces.encode(["".join(map(chr, range(code, code + 2000)))], threads=1)
    at_work = False
    reader.join()
"""


def test_characters_are_learnt_while_another_thread_reads():
    # Memory that is given up is given back at once, so that whoever still reads there is found out.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "16384"}
    done = subprocess.run([sys.executable, "-c", READER], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_offsets_part_the_ids_by_text(model):
    ids, offsets = model._wordpiece.encode(["a cat", "", "dogs"], threads=1)
    assert offsets.tolist() == [0, 2, 2, 3]
    assert len(ids) == 3


def test_pooling_refuses_what_does_not_fit():
    table = np.ones((3, 4), np.float32)
    good = (np.array([0, 2], np.int32), np.ones(2, np.float32), np.array([0, 2]), np.empty((1, 4), np.float32))
    for place, wrong, complaint in (
        (0, np.array([0, 3], np.int32), "not in the table"),
        (1, np.ones(1, np.float32), "one weight per row"),
        (2, np.array([0, 3]), "beyond the rows"),
        (2, np.array([2, 0]), "must not fall"),
        (3, np.empty((2, 4), np.float32), "do not fit"),
    ):
        rows, weights, offsets, out = (wrong if i == place else value for i, value in enumerate(good))
        with pytest.raises(ValueError, match=complaint):
            pool_float(table, rows, weights, offsets, out, False, 1)
