from __future__ import annotations

import numpy as np
import pytest

import asterism
from asterism.errors import InputError


def test_vectors_of_fewer_dimensions_are_kept(run, table):
    code, out, err = run("reduce", table, "--dim", 3, "--param", "n_epochs=20", "--n-neighbors", 3, "-o", "a.space")
    assert code == 0
    assert out.strip() == "a.space"
    assert "reduced to 3 by umap, seed 0" in err
    space = asterism.Space.open("a.space")
    assert space.vectors.shape == (8, 3)
    assert space.data.model.metric == "euclidean"
    assert space.placed.tolist() == [True] * 6 + [False, True]
    np.testing.assert_array_equal(space.vectors[0], space.vectors[7])


@pytest.mark.parametrize("threads", [1, 2])
def test_many_dimensions_have_the_bits_of_the_seed(threads):
    space = asterism.embed(asterism.demo("categories"))
    reduced = space.reduce(20, threads=threads, cache=False, n_epochs=10)
    again = space.reduce(20, threads=3 - threads, cache=False, n_epochs=10)
    assert reduced.vectors.tobytes() == again.vectors.tobytes()
    assert reduced.map(method="pca", cache=False).points.shape == (625, 2)


@pytest.mark.parametrize("method", ["pca", "random"])
def test_methods_without_a_search_reduce_to_as_many_dimensions_as_there_are(rng, method):
    vectors = rng.standard_normal((40, 12)).astype(np.float32)
    space = asterism.Space.from_vectors(vectors, [str(i) for i in range(40)])
    reduced = space.reduce(12, method=method, cache=False).vectors
    assert reduced.shape == (40, 12)
    if method == "pca":  # a turn: distances stay
        apart, before = (np.linalg.norm(rows[:, None] - rows, axis=2) for rows in (reduced, vectors))
        np.testing.assert_allclose(apart, before, atol=1e-4)
    with pytest.raises(InputError, match="dim is 13; expected between 1 and 12"):
        space.reduce(13, method=method, cache=False)


def test_labels_guide_the_reduction(run, table):
    code, _, _ = run("reduce", table, "--dim", 2, "--labels", "topic", "--label-weight", 0.9, "-o", "a.space")
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--dim", "3", "-o", "a.parquet"], 2, "kept in a folder NAME.space"),
        (["--dim", "65", "-o", "a.space"], 1, "dim is 65; expected between 1 and 64"),
        (["--dim", "4", "--method", "tsne", "-o", "a.space"], 1, "dim is 4"),
        (["--dim", "500", "--method", "pca", "-o", "a.space"], 1, "dim is 500; expected between 1 and 256"),
        (["--perplexity", "5", "-o", "a.space"], 2, "--perplexity is an option of tsne"),
    ],
)
def test_faults_are_one_clear_line(run, table, arguments, code, message):
    answer = run("reduce", table, *arguments)
    assert answer[0] == code
    assert message in answer[2]
