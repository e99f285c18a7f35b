from __future__ import annotations

import gzip
import io
import json
import pickle

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file

from asterism.errors import InputError
from asterism.read import read

MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4) / 8
WORDS = ["king", "queen", "man"]
GLOVE = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in zip(WORDS, MATRIX.tolist(), strict=True))


@pytest.fixture
def files(tmp_path):
    np.save(tmp_path / "m.npy", MATRIX)
    np.save(tmp_path / "half.npy", MATRIX.astype(np.float16))
    np.save(tmp_path / "big.npy", MATRIX.astype(">f8"))
    np.savez(tmp_path / "m.npz", ids=np.arange(3), embeddings=MATRIX, other=np.zeros((2, 2)))
    np.savez_compressed(tmp_path / "one.npz", names=np.array(WORDS), stuff=MATRIX)
    save_file({"vectors": MATRIX, "other": np.zeros((2, 2), np.float32)}, tmp_path / "m.safetensors")
    (tmp_path / "m.npy.gz").write_bytes(gzip.compress((tmp_path / "m.npy").read_bytes()))
    (tmp_path / "glove.txt").write_text(GLOVE)
    (tmp_path / "w2v.vec").write_text(f"3 4\n{GLOVE}")
    (tmp_path / "c_tool.vec").write_text(f"3 4\n{GLOVE}".replace("\n", " \n").replace("3 4 \n", "3 4\n"))
    (tmp_path / "crlf.vec").write_bytes(GLOVE.replace("\n", "\r\n").encode())
    (tmp_path / "w2v.vec.gz").write_bytes(gzip.compress(f"3 4\n{GLOVE}".encode()))
    return tmp_path


ALL = ["m.npy", "half.npy", "big.npy", "m.npz", "one.npz", "m.safetensors", "m.npy.gz"]
WORD_FILES = ["glove.txt", "w2v.vec", "c_tool.vec", "crlf.vec", "w2v.vec.gz"]


@pytest.mark.parametrize("name", [*ALL, *WORD_FILES])
def test_vectors_beside_texts_are_read(files, name):
    reading = read(WORDS, vectors=files / name)
    assert np.array_equal(reading.vectors, MATRIX)
    assert reading.vectors.dtype == np.float32


@pytest.mark.parametrize("name", ALL)
def test_vectors_alone_call_their_rows_by_number(files, name):
    reading = read(files / name)
    assert np.array_equal(reading.vectors, MATRIX)
    assert reading.texts == ["row 1", "row 2", "row 3"]
    assert "no texts" in reading.remarks[0]


@pytest.mark.parametrize("name", ["w2v.vec", "c_tool.vec", "crlf.vec", "w2v.vec.gz"])
def test_word_vectors_alone_bring_their_words(files, name):
    reading = read(files / name)
    assert np.array_equal(reading.vectors, MATRIX)
    assert reading.texts == WORDS


def test_a_text_file_of_word_vectors_is_known_by_its_lines(tmp_path):
    path = tmp_path / "glove.txt"
    numbers = " ".join(["0.5"] * 50)
    path.write_text(f"the {numbers}\nof {numbers}\n. . {numbers}\n")
    reading = read(path)
    assert reading.vectors.shape == (3, 50)
    assert reading.texts == ["the", "of", ". ."]
    assert "--format txt" in reading.remarks[0]
    assert len(read(path, file_format="txt").texts[0]) > 100
    path.write_text("1 2 3 4 5 6 7 8 9 10\nnot numbers at all\n")
    assert read(path).vectors is None


def test_texts_are_looked_up_among_word_vectors(files):
    reading = read(["man", "dragon", None, "king"], vectors=str(files / "glove.txt"))
    assert np.array_equal(reading.vectors[[0, 3]], MATRIX[[2, 0]])
    assert np.isnan(reading.vectors[[1, 2]]).all()
    assert any(remark.startswith("2 of 4 texts are no words of") for remark in reading.remarks)


def test_brain_floats_of_safetensors_are_read(tmp_path):
    upper = (MATRIX.view(np.uint32) >> 16).astype("<u2")
    header = json.dumps({"v": {"dtype": "BF16", "shape": [3, 4], "data_offsets": [0, 24]}}).encode()
    (tmp_path / "b.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + upper.tobytes())
    assert np.array_equal(read(WORDS, vectors=tmp_path / "b.safetensors").vectors, MATRIX)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(MATRIX.tolist()),
        pa.array(MATRIX.tolist(), pa.list_(pa.float32(), 4)),
        pa.array(MATRIX.astype(np.float64).tolist(), pa.large_list(pa.float64())),
        pa.array([json.dumps(row) for row in MATRIX.tolist()]),
        pa.array([str(row) for row in MATRIX]),
        pa.chunked_array([[MATRIX[0].tolist()], MATRIX[1:].tolist()]),
        pa.chunked_array([MATRIX.tolist(), []], pa.list_(pa.float32())),
        pa.array([[0.0] * 4, *MATRIX.tolist()])[1:],
        pa.array([[0.0] * 4, *MATRIX.tolist()], pa.list_(pa.float32(), 4))[1:],
    ],
    ids=["list", "fixed", "large", "json", "numpy text", "chunks", "empty chunk", "slice", "fixed slice"],
)
def test_a_column_of_lists_is_read_as_vectors(column):
    assert np.array_equal(read(pa.table({"text": WORDS, "v": column}), vectors="v").vectors, MATRIX)


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.list_(pa.float32(), 4), pa.string()])
def test_a_row_without_a_list_is_nan(kind):
    rows = [json.dumps(row) if kind == pa.string() else row for row in MATRIX.tolist()]
    vectors = read(pa.table({"text": WORDS, "v": pa.array([rows[0], None, rows[2]], kind)}), vectors="v").vectors
    assert np.array_equal(vectors[[0, 2]], MATRIX[[0, 2]])
    assert np.isnan(vectors[1]).all()


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pa.array([[1.0], [1.0, 2.0], [3.0]]), "row 2 has 2 numbers and row 1 has 1"),
        (pa.array(["[1, 2]", "oops", "[1, 2]"]), "row 2 is no list of numbers"),
        (pa.array(["[1, 2]", '{"a": 1}', "[1, 2]"]), "row 2 is no list of numbers"),
        (pa.array([["a"], ["b"], ["c"]]), "expected lists of numbers"),
        (pa.array([1.0, 2.0, 3.0]), "expected lists of numbers"),
    ],
)
def test_columns_that_hold_no_vectors_are_refused(column, told):
    with pytest.raises(InputError, match=told):
        read(pa.table({"text": WORDS, "v": column}), vectors="v")


def test_an_array_is_taken_and_its_rows_are_counted():
    assert np.array_equal(read(WORDS, vectors=MATRIX).vectors, MATRIX)
    with pytest.raises(InputError, match="holds 3 vectors for 2 rows"):
        read(WORDS[:2], vectors=MATRIX)
    with pytest.raises(InputError, match="expected \\(n, d\\)"):
        read(WORDS, vectors=np.zeros(3))


def test_nothing_is_ever_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    np.save(tmp_path / "o.npy", np.array([Bomb()], object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", vectors=np.array([Bomb()], object))
    (tmp_path / "p.npy").write_bytes(pickle.dumps(Bomb()))
    for name in ("o.npy", "o.npz", "p.npy"):
        with pytest.raises(InputError):
            read(WORDS, vectors=tmp_path / name)
    with pytest.raises(InputError, match="pickled objects, which are never loaded"):
        read(WORDS, vectors=tmp_path / "o.npy")
    assert not (tmp_path / "boom").exists()


def _npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.npy", b"", "cannot be read as vectors"),
        ("a.npy", _npy(MATRIX)[:-8], "cannot be read as vectors"),
        ("a.npy", _npy(np.zeros(3)), r"has shape \(3,\)"),
        ("a.npy", _npy(np.array([["a"]])), "expected \\(n, d\\) real numbers"),
        ("a.npz", b"no zip", "cannot be read as vectors"),
        ("a.safetensors", b"nonsense", "not a whole safetensors file"),
        ("a.bin", b"3 4\n", "binary file of word vectors"),
        ("a.vec", b"king 1 2\nqueen 1\n", "line 2 is 'queen 1'; expected a word and 2 numbers"),
        ("a.vec", b"king 1 2\nqueen 1 x\n", "line 2 is"),
        ("a.vec", b"5 2\nking 1 2\n", "promises 5 words × 2 numbers and holds 1 words × 2 numbers"),
        ("a.vec", b"just words\n", "not word2vec or GloVe text: line 1"),
        ("a.vec", b"one\n", "not word2vec or GloVe text"),
        ("a.vec", b"caf\xe9 1 2\n", "is not utf-8: line 1"),
    ],
)
def test_damaged_vector_files_are_refused(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        read(WORDS, vectors=tmp_path / name)
    assert "\n" not in str(caught.value)


def test_several_arrays_none_of_which_stands_out_are_listed(tmp_path):
    np.savez(tmp_path / "a.npz", one=MATRIX, two=MATRIX)
    with pytest.raises(InputError, match=r"holds one \(3, 4\), two \(3, 4\); expected one matrix"):
        read(WORDS, vectors=tmp_path / "a.npz")


def test_a_name_that_is_neither_column_nor_file_is_refused():
    with pytest.raises(InputError, match=r"no column 'vectr' .*did you mean 'vector'.*no file of that name"):
        read(pa.table({"text": WORDS, "vector": MATRIX.tolist()}), vectors="vectr")


# gensim leaves a file open when it counts the lines of a file without a header.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_real_word_vectors_equal_those_of_gensim(data):
    gensim = pytest.importorskip("gensim.models")
    folder = data / "vectors/gensim_testdata"
    for name, header in (("lee_fasttext.vec", True), ("crime-and-punishment.vec", True), ("test_glove.txt", False)):
        peer = gensim.KeyedVectors.load_word2vec_format(folder / name, binary=False, no_header=not header)
        reading = read(folder / name)
        assert reading.texts == peer.index_to_key
        assert np.array_equal(reading.vectors, peer.vectors)


def test_numbers_too_large_for_float32_become_infinite(tmp_path):
    column = pa.array([[1e300, 1.0], [1.0, 2.0]])
    vectors = read(pa.table({"text": ["a", "b"], "v": column}), vectors="v").vectors
    assert vectors.tolist() == [[np.inf, 1], [1, 2]]
    (tmp_path / "a.vec").write_text("a 1e300 1\nb 1 2\n")
    assert read(tmp_path / "a.vec").vectors.tolist() == [[np.inf, 1], [1, 2]]
    np.save(tmp_path / "a.npy", np.array([[1e300]]))
    assert read(["a"], vectors=tmp_path / "a.npy").vectors.tolist() == [[np.inf]]
