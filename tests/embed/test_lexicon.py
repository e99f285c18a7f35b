from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from asterism.embed.lexicon import Lexicon
from asterism.embed.static import load_folder
from asterism.errors import EmbedError

V, P, A, D = 40, 300, 9, 7
WINDOW, LOUDEST = 3, 4
WORDS = ["[UNK]", "new", "york", "in", "is", "cat", "##s"]


@pytest.fixture(scope="module")
def lexicon():
    rng = np.random.default_rng(1)
    rows = rng.integers(-127, 128, (V + P + A, D)).astype(np.int8)
    codes = rng.choice(V * V, P, replace=False)
    alone = rng.choice(V, A, replace=False).astype(np.int32)
    return Lexicon(rows, np.stack(np.divmod(codes, V), 1).astype(np.int32), alone, window=WINDOW, loudest=LOUDEST)


def slow(lexicon, ids, normalize):
    """The definition, word by word."""
    rows = lexicon.rows.astype(np.float64)
    tokens = sorted(set(ids))
    if not tokens:
        return np.zeros(lexicon.dim)
    if len(tokens) == 1 and tokens[0] in lexicon.alone:
        total = rows[lexicon.n_tokens + len(lexicon.pairs) + list(lexicon.alone).index(tokens[0])]
    else:
        row_of = {tuple(pair): lexicon.n_tokens + i for i, pair in enumerate(lexicon.pairs.tolist())}
        near = {(a, b) for i, a in enumerate(ids) for b in ids[i + 1 : i + 1 + lexicon.window]}
        pairs = rows[[row_of[pair] for pair in near if pair in row_of]].sum(0)
        loudness = np.rint(16 * np.sqrt([ids.count(token) for token in tokens])) / 16
        total = loudness @ rows[tokens] + pairs * lexicon.loudest / max(lexicon.loudest, len(tokens))
    by = np.linalg.norm(total) if normalize else len(tokens)
    return total / by if by else total


def pooled(lexicon, texts, *, normalize=True, threads=1):
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in texts])]).astype(np.int64)
    return lexicon.mean(np.concatenate([[], *texts]).astype(np.int32), offsets, normalize=normalize, threads=threads)


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(2)
    return [rng.integers(0, V, n).tolist() for n in [0, 1, 1, 2, 3, 4, 5, 6, 9, 30, 500, 0, *rng.integers(0, 12, 900)]]


@pytest.mark.parametrize("normalize", [True, False])
def test_vectors_are_those_of_the_definition(lexicon, texts, normalize):
    expected = [slow(lexicon, ids, normalize) for ids in texts]
    np.testing.assert_allclose(pooled(lexicon, texts, normalize=normalize), expected, rtol=1e-6, atol=1e-7)


def test_bits_do_not_depend_on_threads(lexicon, texts):
    np.testing.assert_array_equal(pooled(lexicon, texts, threads=1), pooled(lexicon, texts, threads=4))


def test_word_alone_has_its_own_vector_however_often_it_is_said(lexicon):
    word = int(lexicon.alone[0])
    once, thrice = pooled(lexicon, [[word], [word] * 3], normalize=False)
    np.testing.assert_array_equal(once, thrice)
    np.testing.assert_array_equal(once, lexicon.vectors(np.array([word]))[0])
    assert (once != lexicon.rows[word]).any()


def test_pair_is_heard_within_the_window_only():
    rows = np.array([[9, 0], [0, 9], [1, 1], [2, 2], [3, 3], [50, -50]], np.int8)
    lexicon = Lexicon(rows, np.array([[0, 1]], np.int32), np.empty(0, np.int32), window=3, loudest=8)
    near, far, back = pooled(lexicon, [[0, 2, 3, 1, 4], [0, 2, 3, 4, 1], [1, 0, 2, 3, 4]], normalize=False) * 5
    np.testing.assert_allclose(near - far, [50, -50], rtol=1e-6)
    np.testing.assert_array_equal(far, back)


@pytest.mark.parametrize(
    ("pairs", "alone", "window"), [([[0, V]], [], 3), ([[-1, 0]], [], 3), ([], [V], 3), ([[0, 1]], [], 0)]
)
def test_what_names_no_token_is_refused(pairs, alone, window):
    rows = np.ones((V + len(pairs) + len(alone), D), np.int8)
    with pytest.raises(ValueError, match=r"token|window"):
        Lexicon(rows, np.array(pairs, np.int32).reshape(-1, 2), np.array(alone, np.int32), window=window, loudest=8)


def coded(rows):
    return np.frombuffer(zlib.compress(rows.tobytes()), np.uint8)


ROWS = np.random.default_rng(3).integers(-127, 128, (len(WORDS) + 2, 4)).astype(np.int8)


def save(folder, **changes):
    """A folder of seven tokens, one pair, one word alone, four numbers a row."""
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors = {
        "rows": coded(ROWS),
        "pairs": np.array([[1, 2]], np.uint16),
        "alone": np.array([5], np.int32),
    } | changes
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, folder / "model.safetensors")
    settings = {"hidden_dim": 4, "window": 3, "loudest": 8, "normalize": False}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")


def test_folder_is_read_as_the_format_says(tmp_path):
    save(tmp_path)
    rows = ROWS.astype(int)
    model = load_folder(tmp_path, name="tiny")
    vectors = model.encode(["New York", "york new", "cat", "cats is", "…"])
    np.testing.assert_allclose(vectors[0], (rows[1] + rows[2] + rows[7]) / 2, rtol=1e-6)
    np.testing.assert_allclose(vectors[1], (rows[1] + rows[2]) / 2, rtol=1e-6)
    np.testing.assert_allclose(vectors[2], rows[8], rtol=1e-6)
    np.testing.assert_allclose(vectors[3], rows[[4, 5, 6]].sum(0) / 3, rtol=1e-6)
    assert not vectors[4].any()
    assert model.dim == 4
    np.testing.assert_array_equal(model.token_vectors, model.encode(model.vocabulary))


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": coded(ROWS)[:-9]},
        {"rows": np.arange(40, dtype=np.uint8)},
        {"rows": coded(ROWS.ravel()[:-1])},
        {"rows": coded(ROWS[:4])},
        {"pairs": np.array([[1, 700]], np.uint16)},
        {"alone": None},
    ],
)
def test_damaged_folder_is_refused(tmp_path, changes):
    save(tmp_path, **changes)
    with pytest.raises(EmbedError, match="damaged static model"):
        load_folder(tmp_path, name="tiny")
