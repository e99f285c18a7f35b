from __future__ import annotations

from dataclasses import replace

import numpy as np

from asterism.view.figure import draw_figure
from asterism.view.figure._shepard import running_medians


def with_pairs(scene, pairs):
    quality = replace(scene.projections[0].quality, shepard=np.asarray(pairs, np.float32).reshape(-1, 2))
    return replace(scene, projections=(replace(scene.projections[0], quality=quality),))


def test_diagram_holds_every_pair_and_says_what_it_shows(make_scene, rng):
    pairs = rng.random((40, 2))
    figure = draw_figure(with_pairs(make_scene(), pairs), dpi=60, shepard=True)
    drawn = figure.axes[-1].collections[0].get_offsets()
    np.testing.assert_allclose(np.asarray(drawn), pairs, atol=1e-6)
    texts = [text.get_text() for text in figure.texts]
    assert "Shepard diagram" in texts
    assert "cosine distance of the vectors" in texts
    assert any("40 drawn at random" in text for text in texts)


def test_without_pairs_or_wish_there_is_no_diagram(make_scene, rng):
    for scene, wish in ((with_pairs(make_scene(), []), True), (with_pairs(make_scene(), rng.random((9, 2))), False)):
        texts = [text.get_text() for text in draw_figure(scene, dpi=60, shepard=wish).texts]
        assert "Shepard diagram" not in texts


def test_medians_follow_the_dots():
    pairs = np.column_stack([np.arange(80), np.arange(80) * 2]).astype(np.float32)
    middles, medians = running_medians(pairs)
    np.testing.assert_array_equal(middles, np.arange(8) * 10 + 4.5)
    np.testing.assert_array_equal(medians, 2 * middles)
    assert [len(side) for side in running_medians(pairs[:3])] == [3, 3]
