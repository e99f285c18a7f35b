from __future__ import annotations

import inspect
import re
from io import BytesIO
from itertools import pairwise
from pathlib import Path as FsPath

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from asterism.errors import InputError
from asterism.scene.spec import Arrow, DateColumn, Label, NumberColumn, Pairs, Path, Pin
from asterism.view.figure import draw_figure, render_figure, render_png, save_figure

SMALLEST = 6.0  # points, for anything written


def draw(scene, **options):
    return draw_figure(scene, **({"dpi": 100} | options))


def written(figure):
    """All that is written on the page."""
    return [text.get_text() for text in figure.texts if text.get_text()]


def footer(figure):
    return " ".join(written(figure)[-16:]).replace("\N{NO-BREAK SPACE}", " ")


def name_boxes(figure):
    renderer = figure.canvas.get_renderer()
    names = [text for text in figure.texts if text.get_label() == "name"]
    return np.array([text.get_window_extent(renderer).extents for text in names]).reshape(-1, 4)


def count_overlaps(boxes):
    low, high = boxes[:, :2], boxes[:, 2:]
    both = ((low[:, None] < high[None]) & (high[:, None] > low[None])).all(axis=2)
    return int(both.sum() - len(boxes)) // 2


def inside_some_axes(figure, boxes):
    frames = [axes.get_window_extent().extents for axes in figure.axes]
    within = [
        (boxes[:, :2] >= frame[:2] - 0.5).all(axis=1) & (boxes[:, 2:] <= frame[2:] + 0.5).all(axis=1)
        for frame in frames
    ]
    return np.any(within, axis=0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "n_categories"), [(32, 4), (90, 7)])
def test_no_two_names_overlap_and_none_leaves_the_map(make_scene, n, n_categories, seed):
    figure = draw(make_scene(n, n_categories, seed=seed))
    boxes = name_boxes(figure)
    assert len(boxes) >= 0.9 * n
    assert count_overlaps(boxes) == 0
    assert inside_some_axes(figure, boxes).all()


def test_names_of_625_words_do_not_overlap_and_the_omitted_are_counted(make_scene):
    random = np.random.default_rng(0)
    scene = make_scene(625, 25, points=random.uniform(0, 10, (625, 2)).astype(np.float32))
    figure = draw(scene)
    boxes = name_boxes(figure)
    assert count_overlaps(boxes) == 0
    assert inside_some_axes(figure, boxes).all()
    omitted = 625 - len(boxes)
    assert omitted < 625 * 0.1
    assert (f"{omitted} of 625 names found no room" in footer(figure)) == (omitted > 0)


@pytest.mark.parametrize("n", [32, 300])
def test_four_views_of_space_are_named_without_overlap(make_scene, n):
    figure = draw(make_scene(n, 6, dim=3))
    assert {"isometric", "front", "side", "top"} <= set(written(figure))
    assert len(figure.axes) == 4
    boxes = name_boxes(figure)
    assert len(boxes) >= 4 * 5
    assert count_overlaps(boxes) == 0
    assert inside_some_axes(figure, boxes).all()


def test_views_of_space_agree_on_what_is_right_and_what_is_up(make_scene):
    random = np.random.default_rng(1)
    points = random.normal(0, 1, (40, 3)).astype(np.float32)
    figure = draw(make_scene(40, 1, dim=3, points=points))

    def shown(axes):
        scatter = next(c for c in axes.collections if len(c.get_offsets()) == 40)
        return np.array(sorted(map(tuple, scatter.get_offsets())))

    _, front, side, top = (shown(axes) for axes in figure.axes)
    np.testing.assert_allclose(np.sort(front[:, 0]), np.sort(points[:, 0]), atol=1e-6)
    np.testing.assert_allclose(np.sort(front[:, 1]), np.sort(points[:, 2]), atol=1e-6)
    np.testing.assert_allclose(np.sort(side[:, 0]), np.sort(points[:, 1]), atol=1e-6)
    np.testing.assert_allclose(np.sort(top[:, 1]), np.sort(points[:, 1]), atol=1e-6)


@pytest.mark.parametrize("kind", ["words", "sentences", "documents"])
@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_rows_give_a_figure(make_scene, n, dim, kind):
    points = np.zeros((n, dim), np.float32) if n < 2 else None
    figure = draw(make_scene(n, 1, kind=kind, dim=dim, points=points), dpi=60)
    assert f"n = {n}" in footer(figure)
    assert Image.open(BytesIO(render_figure(figure, "png"))).size[0] > 300


def test_rows_without_a_place_are_counted_and_not_drawn(make_scene, clusters):
    points = clusters(np.zeros(20, int), 2, 0)
    points[:7] = np.nan
    figure = draw(make_scene(20, 1, points=points))
    assert "n = 20, 13 of them drawn" in footer(figure)
    assert len(name_boxes(figure)) == 13


def test_a_map_without_any_place_is_an_empty_frame(make_scene):
    figure = draw(make_scene(5, 2, points=np.full((5, 2), np.nan, np.float32)))
    assert "n = 5, 0 of them drawn" in footer(figure)
    assert len(name_boxes(figure)) == 0


def test_footer_names_method_quality_and_remarks(make_scene):
    scene = make_scene(32, 4, remarks=("3 of 35 rows have no place.",), notes=("Perplexity was lowered.",))
    told = footer(draw(scene))
    assert "t-SNE · perplexity 10.3 · seed 0 · n = 32 · model builtin · asterism 0.1.0" in told
    assert "recall@10 .81 (PCA .52, chance .03)" in told
    assert "trustworthiness@15 .95 (PCA .84, chance .50)" in told
    assert "3 of 35 rows have no place. Perplexity was lowered." in told


def test_a_map_without_quality_says_nothing_of_it(make_scene):
    assert "Faithfulness" not in footer(draw(make_scene(5, 1, quality=None)))


def test_axes_of_principal_components_have_their_titles(make_scene):
    figure = draw(make_scene(12, 2, method="pca", axes=("PC1 (41 %)", "PC2 (20 %)")))
    assert {"PC1 (41 %)", "PC2 (20 %)"} <= set(written(figure))


def test_sentences_have_a_key_of_all_texts_grouped_by_topic(make_scene):
    texts = [f"Sentence {i} says something of its own." for i in range(20)]
    figure = draw(make_scene(20, 4, kind="sentences", texts=texts))
    lines = written(figure)
    assert set(texts) <= set(lines)
    assert {f"kind {i}" for i in range(4)} <= set(lines)
    assert {str(i) for i in range(1, 21)} <= set(lines)
    assert len(name_boxes(figure)) == 20


def test_the_number_of_a_sentence_stands_beside_its_own_point(make_scene):
    texts = ["first", "second", "third"]
    points = np.array([[0, 0], [5, 0], [0, 5]], np.float32)
    figure = draw(make_scene(3, 1, kind="sentences", texts=texts, points=points))
    order = [line for line in written(figure) if line in texts]
    assert order == texts
    boxes = name_boxes(figure)
    assert boxes[1, 0] > boxes[0, 0] + 50
    assert boxes[2, 1] > boxes[0, 1] + 50


def test_a_key_too_long_for_its_page_says_how_many_points_have_no_number(make_scene):
    texts = [("A long sentence that goes on and on. " * 6).strip() for _ in range(60)]
    figure = draw(make_scene(60, 3, kind="sentences", texts=texts), height=180)
    numbered = len(name_boxes(figure))
    assert 0 < numbered < 60
    assert f"points without a number: {60 - numbered}" in footer(figure)


def test_documents_show_names_of_clusters_and_no_texts(make_scene, labels):
    texts = ["never shown"] * 600
    names = labels(make_scene(600, 8), 8)
    figure = draw(make_scene(600, 8, kind="documents", texts=texts, labels=names))
    assert "never shown" not in written(figure)
    boxes = name_boxes(figure)
    assert len(boxes) == 8
    assert count_overlaps(boxes) == 0


def test_very_many_points_are_one_image(make_scene):
    figure = draw(make_scene(200_000, 5, kind="documents", texts=[""] * 200_000))
    assert len(figure.axes[0].images) == 1
    assert not any(len(c.get_offsets()) > 100 for c in figure.axes[0].collections)
    assert len(render_figure(figure, "svg")) < 4_000_000


def test_2500_categories_keep_a_short_legend_that_says_the_rest(make_scene):
    figure = draw(make_scene(5000, 2500, kind="documents", texts=[""] * 5000))
    lines = written(figure)
    assert "other (2,470 more)" in lines
    assert "The 30 largest of 2,500 categories have a colour of their own; the other 4,940 rows are grey." in footer(
        figure
    )


def test_the_legend_lies_above_the_map_and_never_on_it(make_scene):
    figure = draw(make_scene(60, 30))
    renderer = figure.canvas.get_renderer()
    entries = [text for text in figure.texts if text.get_text().startswith("kind")]
    assert len(entries) == 30
    top = figure.axes[0].get_window_extent().y1
    boxes = [text.get_window_extent(renderer) for text in entries]
    assert min(box.y0 for box in boxes) >= top
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert count_overlaps(np.array([box.extents for box in boxes])) == 0


def test_numbers_are_told_by_a_color_bar(make_scene):
    numbers = NumberColumn("score", np.linspace(0, 97, 30))
    figure = draw(make_scene(30, 1, columns=(numbers,), color="score"))
    assert {"score", "0", "20", "40", "60", "80"} <= set(written(figure))


def test_rows_without_a_number_are_in_the_legend(make_scene):
    numbers = NumberColumn("score", np.array([1.0, 2.0, np.nan, 4.0]))
    assert "no score" in written(draw(make_scene(4, 1, columns=(numbers,), color="score")))


def test_dates_are_told_by_a_color_bar(make_scene):
    moments = np.array(["2019-03-01", "2020-06-01", "2023-12-31"], "datetime64[ms]").astype(np.int64)
    dates = DateColumn("written", np.append(moments, np.iinfo(np.int64).min))
    lines = written(draw(make_scene(4, 1, columns=(dates,), color="written")))
    assert {"written", "no written", "2020", "2021", "2022", "2023"} <= set(lines)


def test_a_map_without_colors_has_no_legend(make_scene):
    assert written(draw(make_scene(8, 1, columns=(), color=None)))[0] == "8 texts"


def test_overlays_are_drawn_inside_the_map_and_named(make_scene, clusters):
    points = clusters(np.arange(12) % 3, 2, 0)
    way = np.stack([points[0], (points[0] + points[1]) / 2, points[1] + 4])
    scene = make_scene(
        12, 3, points=points,
        paths=(Path("a way", (way,), ("start", "middle", "end")),),
        arrows=(Arrow("king − man", (points[2],), (points[3],)),),
        pins=(Pin("a new text", (points[4] - 6,)),),
        pairs=(Pairs("twins", np.array([[0, 1], [2, 3]], np.int32)),),
    )  # fmt: skip
    figure = draw(scene)
    assert {"start", "middle", "end", "king − man", "a new text"} <= set(written(figure))
    boxes = name_boxes(figure)
    assert count_overlaps(boxes) == 0
    low, high = np.array([figure.axes[0].get_xlim(), figure.axes[0].get_ylim()]).T
    assert ((way > low) & (way < high)).all()


AWKWARD = (
    "$x^2_1$ and \\frac", "<script>alert(1)</script>", "a\x00b\x07c", "two\nlines\ttabbed", "x" * 100_000, "", " ",
    "\ud83d", "%s {} {0}", "#fff", "\u202eright to left override", "\x00", "a" * 40 + " " + "b" * 40,
    "שלום עולם", "مرحبا بالعالم", "日本語のテキスト", "नमस्ते", "😀 emoji 👨\u200d👩\u200d👧", "ŝôm̃ė áççénts",
    "H\u0337\u0321\u0322\u0327e\u0338\u0322\u031bl\u0335\u0328l\u0336o",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["words", "sentences"])
@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_awkward_texts_are_drawn_as_they_are(make_scene, kind, form):
    scene = make_scene(len(AWKWARD), 2, kind=kind, texts=AWKWARD, title="$title_1 <b>\x00", remarks=("$remark^",))
    figure = draw(scene)
    assert len(render_figure(figure, form)) > 1000
    lines = written(figure)
    assert "$x^2_1$ and \\frac" in lines
    assert "$title_1 <b>�" in lines
    assert all(len(line) < 1000 for line in lines)
    assert any("□" in line for line in lines) == ("□ stands for them" in footer(figure))


def test_writing_is_never_smaller_than_six_points(make_scene):
    for scene in (make_scene(400, 20), make_scene(30, 3, kind="sentences"), make_scene(40, 4, dim=3)):
        assert min(text.get_fontsize() for text in draw(scene).texts if text.get_text()) >= SMALLEST


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_scene_gives_the_same_bytes(make_scene, form):
    one, two = (render_figure(draw(make_scene(40, 4, dim=dim)), form) for dim in (2, 2))
    assert one == two


def test_no_date_and_no_random_name_is_in_a_figure(make_scene):
    svg = render_figure(draw(make_scene(8, 2)), "svg").decode()
    assert "<dc:date>" not in svg
    assert not re.search(r"CreationDate", render_figure(draw(make_scene(8, 2)), "pdf").decode("latin-1"))


def test_text_stays_text_in_svg_and_fonts_are_embedded_in_pdf(make_scene):
    scene = make_scene(6, 2, texts=["alpha", "beta", "gamma", "delta", "eps<1", "zeta"])
    svg = render_figure(draw(scene), "svg").decode()
    assert ">alpha</text>" in svg
    assert ">eps&lt;1</text>" in svg
    assert b"FontFile2" in render_figure(draw(scene), "pdf")


def test_a_figure_ignores_the_style_of_the_caller_and_leaves_it(make_scene):
    scene = make_scene(10, 2)
    plain = render_png(scene, dpi=60)
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "figure.facecolor": "red", "savefig.bbox": "tight"}):
        assert render_png(scene, dpi=60) == plain
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize(("width", "height", "dpi"), [(180, None, 100), (90, 120, 72), (200, 150, 50)])
def test_the_page_has_the_size_asked_for(make_scene, width, height, dpi):
    figure = draw_figure(make_scene(12, 2), width=width, height=height, dpi=dpi)
    inches = figure.get_size_inches()
    assert inches[0] * 25.4 == pytest.approx(width)
    if height is not None:
        assert inches[1] * 25.4 == pytest.approx(height)
    pixels = Image.open(BytesIO(render_figure(figure, "png"))).size
    assert pixels[0] == pytest.approx(width / 25.4 * dpi, abs=1)


def test_blocks_follow_each_other_without_collision(make_scene):
    figure = draw(make_scene(20, 4, kind="sentences", texts=[f"Sentence number {i}." for i in range(20)]))
    renderer = figure.canvas.get_renderer()
    others = [text for text in figure.texts if text.get_text() and text.get_label() != "name"]
    boxes = np.array([text.get_window_extent(renderer).extents for text in others])
    # Lines of one block may touch by the height of a descender; they never share more.
    boxes[:, 1] += 0.3 * (boxes[:, 3] - boxes[:, 1])
    assert count_overlaps(boxes) == 0
    page = figure.bbox.extents
    assert (boxes[:, :2] >= page[:2]).all()
    assert (boxes[:, 2:] <= page[2:]).all()


def test_a_dark_page_is_dark(make_scene):
    image = Image.open(BytesIO(render_png(make_scene(8, 2), theme="dark", dpi=50))).convert("L")
    assert image.getpixel((2, 2)) < 40


def test_a_projection_is_chosen_by_position_or_method(make_scene):
    one = make_scene(10, 2)
    two = make_scene(10, 2, method="pca", axes=("PC1 (50 %)", "PC2 (20 %)"))
    both = type(one)(
        **{name: getattr(one, name) for name in one.__slots__} | {"projections": one.projections + two.projections}
    )
    assert "t-SNE" in footer(draw(both))
    assert "PCA · seed" in footer(draw(both, projection="pca"))
    assert "PCA · seed" in footer(draw(both, projection=1))
    with pytest.raises(InputError, match=r"projection is 'umap'; expected one of 0 \('tsne'\), 1 \('pca'\)"):
        draw(both, projection="umap")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"theme": "sepia"}, "'light', 'dark'"),
        ({"width": 10}, "width is 10; expected between 80 and 1000"),
        ({"dpi": 5000}, "dpi is 5000"),
        ({"height": 61}, "mm, or None for what the content needs"),
        ({"font": "No Such Family"}, "expected a family that is installed"),
    ],
)
def test_options_out_of_range_are_refused(make_scene, options, message):
    with pytest.raises(InputError, match=message):
        draw_figure(make_scene(30, 12), **options)


def test_the_ending_of_the_name_picks_the_form(make_scene, tmp_path):
    scene = make_scene(6, 2)
    starts = {"a.png": b"\x89PNG", "b.svg": b"<?xml", "c.PDF": b"%PDF"}
    for name, start in starts.items():
        save_figure(scene, tmp_path / name, dpi=60)
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(InputError, match="ending of a figure is 'bmp'"):
        save_figure(scene, tmp_path / "d.bmp")
    assert sorted(p.name for p in tmp_path.glob("*.*")) == sorted(starts)


def test_a_scene_is_not_modified(make_scene):
    scene = make_scene(20, 4)
    points, codes = scene.projections[0].points.copy(), scene.columns[0].codes.copy()
    draw(scene)
    np.testing.assert_array_equal(scene.projections[0].points, points)
    np.testing.assert_array_equal(scene.columns[0].codes, codes)


def test_far_points_of_space_are_painted_before_near_ones(make_scene):
    points = np.stack([np.zeros(50), np.arange(50), np.zeros(50)], axis=1).astype(np.float32)
    figure = draw(make_scene(50, 1, dim=3, kind="documents", points=points))
    iso = next(c for c in figure.axes[0].collections if len(c.get_offsets()) == 50)
    # The eye is in front, so that what is far back comes first; on paper it stands to the right.
    assert all(a >= b for a, b in pairwise(iso.get_offsets()[:, 0]))


def test_shortened_names_and_sentences_are_counted(make_scene):
    long = "word " * 60
    assert "Names shortened (…): 1." in footer(draw(make_scene(3, 1, texts=["a", long, "b"])))
    assert "Sentences shortened (…): 1." in footer(draw(make_scene(3, 1, kind="sentences", texts=["a", long, "b"])))


def test_pairs_that_are_too_many_to_be_drawn_are_counted(make_scene):
    rows = np.array([[i % 40, (i + 1) % 40] for i in range(2001)], np.int32)
    few, many = (make_scene(40, 1, pairs=(Pairs("twins", rows[:n]),)) for n in (2000, 2001))
    assert "The first 2,000 of 2,001 twins are joined." in footer(draw(many))
    assert "are joined" not in footer(draw(few))


def test_the_legend_names_its_column_unless_a_key_says_what_colours_mean(make_scene):
    assert "topic" in written(draw(make_scene(12, 3, kind="words")))
    assert "topic" not in written(draw(make_scene(12, 3, kind="sentences")))


def test_ways_and_pairs_are_in_the_legend(make_scene, clusters):
    points = clusters(np.zeros(6, int), 2, 0)
    scene = make_scene(6, 1, points=points, paths=(Path("from a to b", (points[:3],), ("", "", "")),),
                       pairs=(Pairs("translations", np.array([[0, 1]], np.int32)),))  # fmt: skip
    assert {"from a to b", "translations"} <= set(written(draw(scene)))


def test_a_word_that_a_way_passes_is_written_once(make_scene, clusters):
    points = clusters(np.zeros(4, int), 2, 0)
    texts = ["cat", "dog", "lion", "wolf"]
    scene = make_scene(4, 1, points=points, texts=texts, paths=(Path("way", (points[:2],), ("cat", "dog")),))
    assert written(draw(scene)).count("cat") == 1


def test_a_map_of_coordinates_without_a_method_of_ours_tells_its_first_parameters(make_scene):
    told = footer(draw(make_scene(5, 1, method="somebody's")))
    assert "somebody's · perplexity 10.3 · metric cosine" in told


def test_finer_clusters_are_named_only_where_they_are_few(make_scene):
    everyone = np.arange(200, dtype=np.int32)
    coarse = tuple(Label(f"coarse {i}", 0, everyone[i::5]) for i in range(5))
    fine = tuple(Label(f"fine {i}", 1, everyone[i::100]) for i in range(100))
    figure = draw(make_scene(200, 5, kind="documents", labels=coarse + fine))
    lines = written(figure)
    assert not any(line.startswith("fine") for line in lines)
    assert "100 names of finer clusters are not shown." in footer(figure)


def test_categories_spread_over_the_whole_map_are_not_named_on_it(make_scene):
    random = np.random.default_rng(0)
    figure = draw(make_scene(400, 3, kind="documents", points=random.normal(0, 1, (400, 2)).astype(np.float32)))
    assert len(name_boxes(figure)) == 0


def test_a_font_of_choice_is_used(make_scene):
    figure = draw(make_scene(4, 2), font="STIXGeneral")
    assert figure.texts[0].get_fontfamily()[0] == "STIXGeneral"
    assert len(render_figure(figure, "pdf")) > 1000


def test_every_option_is_in_the_guide_with_its_default():
    guide = (FsPath(__file__).parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")
    options = [p for p in inspect.signature(draw_figure).parameters.values() if p.kind is p.KEYWORD_ONLY]
    assert len(options) == 7
    for option in options:
        default = (
            f'"{option.default}"'
            if isinstance(option.default, str)
            else f"{option.default:g}"
            if option.default
            else option.default
        )
        assert f"| `{option.name}` | `{default}` |" in guide
