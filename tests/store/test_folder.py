from __future__ import annotations

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from asterism import _files
from asterism.errors import Corrupt, FingerprintMismatch, FormatTooNew, InputError, NotASpace, OutputExists, SpaceError
from asterism.store import append, open_space, save_space, select
from asterism.store import folder as folder_room
from asterism.store.data import take_rows
from asterism.values import Model

from .conftest import assert_same, make_space

TEXT, NUMBER = pa.field("text", pa.string()), pa.field("n", pa.int64(), nullable=False)


@pytest.mark.parametrize("shard_rows", [1, 33, 1000])
def test_a_space_comes_back_bit_by_bit(tmp_path, space, shard_rows):
    save_space(space, tmp_path / "a.space", shard_rows=shard_rows)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)


@pytest.mark.parametrize(("n", "dim"), [(0, 8), (1, 8), (5, 0), (0, 0)])
def test_spaces_without_rows_or_dimensions_come_back(tmp_path, n, dim):
    space = make_space(n, dim)
    save_space(space, tmp_path / "a.space")
    assert_same(open_space(tmp_path / "a.space", verify=True), space)


def test_one_shard_stays_on_disk_and_cannot_be_changed(tmp_path, space):
    save_space(space, tmp_path / "a.space")
    vectors = open_space(tmp_path / "a.space").vectors
    owner = vectors
    while getattr(owner, "base", None) is not None and not isinstance(owner, np.memmap):
        owner = owner.base
    assert isinstance(owner, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        vectors[0] = 1


def test_coordinates_come_back(tmp_path, space):
    points = np.random.default_rng(1).random((100, 3)).astype(np.float32)
    points[7] = np.nan
    save_space(replace(space, coordinates=points), tmp_path / "a.space", shard_rows=30)
    assert open_space(tmp_path / "a.space").coordinates.tobytes() == points.tobytes()


def test_saving_twice_gives_the_same_bytes(tmp_path, space):
    chunked = replace(space, table=pa.concat_tables([space.table.slice(0, 13), space.table.slice(13)]))
    save_space(space, tmp_path / "a.space", shard_rows=40)
    save_space(chunked, tmp_path / "b.space", shard_rows=40)
    files = sorted(path.name for path in (tmp_path / "a.space").iterdir())
    assert len(files) == 7
    for name in files:
        assert (tmp_path / "a.space" / name).read_bytes() == (tmp_path / "b.space" / name).read_bytes()


def test_float16_is_rounded_to_nearest_and_says_so(tmp_path, space):
    save_space(space, tmp_path / "a.space", dtype="float16", shard_rows=40)
    found = open_space(tmp_path / "a.space", verify=True)
    assert np.array_equal(found.vectors, space.vectors.astype(np.float16).astype(np.float32))
    assert "float16" in found.remarks[-1]


@pytest.mark.parametrize("value", [70_000, 1e-9])
def test_vectors_that_float16_cannot_hold_are_refused(tmp_path, space, value):
    vectors = space.vectors.copy()
    vectors[41] = value
    with pytest.raises(InputError, match="row 41 does not fit into float16"):
        save_space(replace(space, vectors=vectors), tmp_path / "a.space", dtype="float16", shard_rows=30)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_without_force(tmp_path, space):
    folder = tmp_path / "a.space"
    save_space(space, folder)
    with pytest.raises(OutputExists, match="--force"):
        save_space(make_space(5), folder)
    assert_same(open_space(folder), space)
    save_space(make_space(5), folder, force=True)
    assert_same(open_space(folder), make_space(5))
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


@pytest.mark.parametrize("can_exchange", [True, False])
def test_an_opened_space_survives_its_replacement(tmp_path, space, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(folder_room, "exchange", lambda *_: False)
    save_space(space, tmp_path / "a.space")
    opened = open_space(tmp_path / "a.space")
    save_space(replace(opened, table=opened.table.slice(0)), tmp_path / "a.space", force=True)
    assert_same(opened, space)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path, space):
    (tmp_path / "disk").mkdir()
    save_space(make_space(5), tmp_path / "disk" / "a.space")
    (tmp_path / "a.space").symlink_to(tmp_path / "disk" / "a.space")
    save_space(space, tmp_path / "a.space", force=True)
    assert (tmp_path / "a.space").is_symlink()
    assert_same(open_space(tmp_path / "disk" / "a.space"), space)
    assert len(list(tmp_path.iterdir())) == 2


def test_names_are_swapped_in_one_step(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "other").write_text("file")
    if not _files.exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this system cannot swap two names in one step")
    assert (tmp_path / "one").read_text() == "file"
    assert (tmp_path / "other").is_dir()
    assert not _files.exchange(tmp_path / "one", tmp_path / "nowhere")


def test_a_folder_that_is_no_space_is_never_replaced(tmp_path, space):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"meow")
    with pytest.raises(OutputExists, match="no Space; it is not replaced"):
        save_space(space, tmp_path / "photos", force=True)
    with pytest.raises(InputError, match="create it first"):
        save_space(space, tmp_path / "nowhere" / "a.space")
    with pytest.raises(InputError, match="dtype is 'int8'"):
        save_space(space, tmp_path / "a.space", dtype="int8")


@pytest.mark.parametrize("name", ["__placed__", "__coordinates__"])
def test_columns_of_reserved_names_are_refused(tmp_path, space, name):
    with pytest.raises(InputError, match=name):
        save_space(replace(space, table=space.table.append_column(name, space.table.column("n"))), tmp_path / "a.space")


def test_what_is_no_space_is_told(tmp_path):
    with pytest.raises(NotASpace, match="there is no such folder"):
        open_space(tmp_path / "nowhere.space")
    with pytest.raises(NotASpace, match=r"it has no manifest.json"):
        open_space(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": "other", "version": 1}')
    with pytest.raises(NotASpace, match="of the format 'other'"):
        open_space(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotASpace):
        open_space(tmp_path / "file")


def test_a_later_version_asks_for_an_upgrade(tmp_path, space):
    save_space(space, tmp_path / "a.space")
    (tmp_path / "a.space" / "manifest.json").write_text('{"format": "asterism-space", "version": 99, "new": []}')
    with pytest.raises(FormatTooNew, match=r"format version 99.*Upgrade Asterism"):
        open_space(tmp_path / "a.space")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"[" * 100_000,
        b'{"format": "asterism-space"}',
        b'{"format": "asterism-space", "version": "1"}',
    ],
)
def test_a_broken_manifest_is_told(tmp_path, space, content):
    save_space(space, tmp_path / "a.space")
    (tmp_path / "a.space" / "manifest.json").write_bytes(content)
    with pytest.raises(SpaceError, match=r"manifest.json|is no Space"):
        open_space(tmp_path / "a.space")


def test_names_outside_the_folder_are_never_opened(tmp_path, space):
    from asterism.store.checked import read_checked, write_checked

    save_space(space, tmp_path / "a.space")
    facts = read_checked(tmp_path / "a.space" / "manifest.json")
    facts["shards"][0]["vectors"]["name"] = "../secret.npy"
    write_checked(tmp_path / "a.space" / "manifest.json", facts)
    with pytest.raises(Corrupt, match="secret"):
        open_space(tmp_path / "a.space")


FILES = ["manifest.json", "texts-00000.parquet", "vectors-00000.npy", "texts-00002.parquet", "vectors-00002.npy"]


@pytest.mark.parametrize("name", FILES)
def test_a_cut_or_missing_file_is_named(tmp_path, space, name):
    save_space(space, tmp_path / "a.space", shard_rows=40)
    path = tmp_path / "a.space" / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(Corrupt, match=name) as caught:
        open_space(tmp_path / "a.space")
    assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(NotASpace if name == "manifest.json" else Corrupt, match=name):
        open_space(tmp_path / "a.space")


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_byte_is_found_when_asked(tmp_path, space, name, rng):
    save_space(space, tmp_path / "a.space", shard_rows=40)
    path = tmp_path / "a.space" / name
    content = bytearray(path.read_bytes())
    for place in rng.integers(0, len(content), 25):
        changed = content.copy()
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        if name == "manifest.json" and json.loads(content) == _loads(changed):
            continue  # white space
        with pytest.raises(SpaceError):
            open_space(tmp_path / "a.space", verify=True)
    path.write_bytes(content)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)


def test_changed_texts_and_headers_are_found_without_asking(tmp_path, space, rng):
    save_space(space, tmp_path / "a.space")
    for name, end in (("texts-00000.parquet", None), ("vectors-00000.npy", 128)):
        path = tmp_path / "a.space" / name
        content = path.read_bytes()
        for place in rng.integers(0, end or len(content), 40):
            changed = bytearray(content)
            changed[place] = changed[place] ^ 0xFF
            path.write_bytes(changed)
            with pytest.raises(Corrupt, match=name):
                open_space(tmp_path / "a.space")
        path.write_bytes(content)


def _loads(content):
    try:
        return json.loads(content)
    except ValueError:
        return None


def test_appended_rows_follow_and_old_ones_keep_their_bits(tmp_path, space):
    folder = tmp_path / "a.space"
    save_space(space, folder)
    (folder / "graph").mkdir()
    more = make_space(30, seed=5, start=100)
    append(folder, more)
    found = open_space(folder, verify=True)
    assert found.vectors.tobytes() == space.vectors.tobytes() + more.vectors.tobytes()
    assert found.table.to_pylist() == space.table.to_pylist() + more.table.to_pylist()
    assert found.counts == {"rows": 130, "null": 2}
    assert not (folder / "graph").exists()
    append(folder, make_space(1))
    assert len(open_space(folder).vectors) == 131


def test_appending_fills_missing_columns_and_casts_equal_kinds(tmp_path, space):
    save_space(space, tmp_path / "a.space")
    few = pa.table({"text": ["new"], "n": pa.array([7], pa.int32())})
    append(tmp_path / "a.space", replace(make_space(1), table=few))
    assert open_space(tmp_path / "a.space").table.slice(100).to_pylist() == [
        {"text": "new", "n": 7, "kind": None, "when": None, "tags": None}
    ]


def test_appended_rows_keep_what_the_columns_promise(tmp_path, space):
    whole = replace(space, table=pa.table([space.texts, range(100)], schema=pa.schema([TEXT, NUMBER])))
    save_space(whole, tmp_path / "a.space")
    few = make_space(2)
    append(tmp_path / "a.space", replace(few, table=pa.table({"n": [7, 8], "text": ["a", "b"]})))
    assert open_space(tmp_path / "a.space").table.column("n").to_pylist()[-3:] == [99, 7, 8]
    with pytest.raises(InputError, match="'n' has a value in every row"):
        append(tmp_path / "a.space", replace(few, table=pa.table({"text": ["a", "b"]})))


def test_rows_with_coordinates_of_other_dimensions_are_not_appended(tmp_path, space):
    save_space(replace(space, coordinates=np.zeros((100, 2), np.float32)), tmp_path / "a.space")
    with pytest.raises(InputError, match="has 2 coordinates and a new row 3"):
        append(tmp_path / "a.space", replace(make_space(3), coordinates=np.zeros((3, 3), np.float32)))
    with pytest.raises(InputError, match="has 2 coordinates and a new row none"):
        append(tmp_path / "a.space", make_space(3))
    assert len(open_space(tmp_path / "a.space", verify=True).vectors) == 100


def test_rows_of_another_model_or_shape_are_not_appended(tmp_path, space):
    folder = tmp_path / "a.space"
    save_space(space, folder)
    other = make_space(3)
    with pytest.raises(FingerprintMismatch, match="embed them with the same model"):
        append(folder, make_space(3, model="other"))
    with pytest.raises(FingerprintMismatch, match="of 9"):
        append(folder, make_space(3, 9))
    with pytest.raises(InputError, match="no column 'new'"):
        append(folder, replace(other, table=other.table.append_column("new", other.table.column("n"))))
    with pytest.raises(InputError, match="'n' of the new rows holds string; expected int64"):
        append(folder, replace(other, table=pa.table({"text": ["a"] * 3, "n": ["x"] * 3})))
    with pytest.raises(InputError, match="texts in 'n', the Space in 'text'"):
        append(folder, replace(other, text_column="n"))
    with pytest.raises(InputError, match="has no coordinates"):
        append(folder, replace(other, coordinates=np.zeros((3, 2), np.float32)))
    assert_same(open_space(folder, verify=True), space)


def test_given_vectors_join_under_a_fingerprint_of_both(tmp_path, space):
    given = [replace(make_space(3, seed=seed), model=Model("given", f"f{seed}", 8)) for seed in (1, 2)]
    save_space(given[0], tmp_path / "a.space")
    append(tmp_path / "a.space", given[1])
    assert open_space(tmp_path / "a.space").model.fingerprint not in {"f1", "f2"}


def test_selected_rows_keep_everything_that_is_theirs(space):
    rows = np.array([5, -1, 5])
    chosen = select(space, rows)
    assert chosen.table.column("n").to_pylist() == [5, 99, 5]
    assert np.array_equal(chosen.vectors, space.vectors[rows])
    assert np.array_equal(chosen.placed, space.placed[rows])
    mask = np.arange(100) % 2 == 0
    assert select(space, mask).table.column("n").to_pylist() == list(range(0, 100, 2))
    assert len(select(space, np.array([])).vectors) == 0
    assert len(space.vectors) == 100


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (np.array([100]), "Row 100 is out of range"),
        (np.array([0, -101]), "Row -101 is out of range"),
        (np.ones(3, bool), "expected \\(100,\\)"),
        (np.array([0.5]), "expected row numbers"),
        (np.array([[1]]), "expected row numbers"),
    ],
)
def test_selections_that_do_not_fit_are_refused(space, rows, told):
    with pytest.raises(InputError, match=told):
        select(space, rows)


def test_a_space_can_be_read_as_documented_without_asterism(tmp_path, space):
    folder = tmp_path / "a.space"
    save_space(space, folder, shard_rows=60)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = manifest.pop("checksum")
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    assert found == hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
    assert (manifest["format"], manifest["version"], manifest["is_complete"]) == ("asterism-space", 1, True)
    texts, vectors = [], []
    for shard in manifest["shards"]:
        for file in (shard["texts"], shard["vectors"]):
            content = (folder / file["name"]).read_bytes()
            assert len(content) == file["size"]
            assert hashlib.blake2b(content, digest_size=16).hexdigest() == file["checksum"]
        texts += pyarrow.parquet.read_table(folder / shard["texts"]["name"])[manifest["text_column"]].to_pylist()
        content = (folder / shard["vectors"]["name"]).read_bytes()
        assert content[:8] == b"\x93NUMPY\x01\x00"
        start = 10 + int.from_bytes(content[8:10], "little")
        assert start % 64 == 0
        vectors.append(np.frombuffer(content, "<f4", offset=start).reshape(shard["rows"], manifest["model"]["dim"]))
    assert texts == space.table.column("text").to_pylist()
    assert np.array_equal(np.concatenate(vectors), space.vectors)


def test_vectors_stored_column_by_column_come_back_in_their_order(tmp_path, space):
    save_space(replace(space, vectors=np.asfortranarray(space.vectors)), tmp_path / "a.space")
    assert_same(open_space(tmp_path / "a.space", verify=True), space)
    assert np.load(tmp_path / "a.space" / "vectors-00000.npy").tobytes() == space.vectors.tobytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux swaps two names in one step")
def test_of_several_that_save_under_one_name_at_once_the_last_has_it(tmp_path):
    others = [make_space(5, seed=seed) for seed in range(4)]

    def save(other):
        for _ in range(10):
            save_space(other, tmp_path / "a.space", force=True)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, others))
    found = open_space(tmp_path / "a.space", verify=True)
    assert any(np.array_equal(found.vectors, other.vectors) for other in others)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


@pytest.mark.parametrize("rows", [[], [2], [0, 1, 2, 3], [3, 0], [1, 1, 3, 0]])
def test_rows_of_a_table_in_chunks_are_taken_in_the_order_wanted(rows):
    table = pa.table({"text": pa.chunked_array([["a", "b"], [], ["c", None]], pa.string()), "number": [0, 1, 2, 3]})
    taken = take_rows(table, np.array(rows, np.int64))
    assert taken.column("text").to_pylist() == [["a", "b", "c", None][row] for row in rows]
    assert taken.column("number").to_pylist() == rows
