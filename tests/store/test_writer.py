from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from asterism.errors import Corrupt, FingerprintMismatch, InputError, OutputExists, SpaceError
from asterism.store import SpaceWriter, check_free, open_space, save_space, select
from asterism.store.writer import partial_folder

from .conftest import assert_same, make_space


def _begin(folder, space, **options):
    return SpaceWriter(folder, space.model, "text", **{"fingerprint": "f", **options})


def _bytes(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_shards_in_any_order_become_the_space(tmp_path, space):
    parts = [select(space, range_) for range_ in _ranges()]
    writer = _begin(tmp_path / "a.space", space)
    for number in (2, 0, 1):
        writer.write(number, parts[number])
    assert writer.done == {0: 40, 1: 40, 2: 20}
    assert not (tmp_path / "a.space").exists()
    with pytest.raises(Corrupt, match="was never finished"):
        open_space(partial_folder(tmp_path / "a.space"))
    writer.finish(counts=space.counts, remarks=space.remarks)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


def _ranges():
    import numpy as np

    return np.arange(0, 40), np.arange(40, 80), np.arange(80, 100)


def test_a_stopped_writer_goes_on_and_ends_with_the_same_bytes(tmp_path, space):
    parts = [select(space, rows) for rows in _ranges()]
    for name, stop in (("whole", None), ("stopped", 2)):
        writer = _begin(tmp_path / name, space)
        for number, part in enumerate(parts):
            if number == stop:
                writer.close()
                writer = _begin(tmp_path / name, space)
                assert list(writer.done) == [0, 1]
            writer.write(number, part)
        writer.finish()
    assert _bytes(tmp_path / "whole") == _bytes(tmp_path / "stopped")


def test_a_damaged_shard_is_written_again(tmp_path, space):
    writer = _begin(tmp_path / "a.space", space)
    for number, rows in enumerate(_ranges()):
        writer.write(number, select(space, rows))
    path = partial_folder(tmp_path / "a.space") / "vectors-00001.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    writer.close()
    assert list(_begin(tmp_path / "a.space", space).done) == [0, 2]


def test_another_fingerprint_does_not_go_on(tmp_path, space):
    _begin(tmp_path / "a.space", space).write(0, space)
    for options in ({"fingerprint": "g"}, {"dtype": "float16"}):
        with pytest.raises(FingerprintMismatch, match="other inputs or another model"):
            _begin(tmp_path / "a.space", space, **options)
    assert list(_begin(tmp_path / "a.space", space).done) == [0]
    assert _begin(tmp_path / "a.space", space, fingerprint="g", force=True).done == {}


def test_what_was_begun_without_writing_anything_stands_in_nobodys_way(tmp_path, space):
    _begin(tmp_path / "a.space", space)
    writer = _begin(tmp_path / "a.space", space, fingerprint="g")
    writer.note_plan({"budget": 512})
    writer.close()
    with pytest.raises(FingerprintMismatch, match="other inputs or another model"):
        _begin(tmp_path / "a.space", space)
    writer = _begin(tmp_path / "a.space", space, fingerprint="g")
    writer.write(0, space)
    writer.finish(counts=space.counts, remarks=space.remarks)
    assert_same(open_space(tmp_path / "a.space"), replace(space, model=replace(space.model, plan={"budget": 512})))


def test_a_finished_space_is_replaced_only_by_force_and_only_at_the_end(tmp_path, space):
    folder = tmp_path / "a.space"
    save_space(space, folder)
    with pytest.raises(OutputExists):
        _begin(folder, space)
    other = make_space(7, seed=9)
    writer = _begin(folder, other, force=True)
    writer.write(0, other)
    assert_same(open_space(folder), space)
    writer.finish(counts=other.counts, remarks=other.remarks)
    assert_same(open_space(folder, verify=True), other)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


def test_finishing_is_tried_again_where_the_disk_was_full(tmp_path, space, monkeypatch):
    writer = _begin(tmp_path / "a.space", space)
    for number, rows in enumerate(_ranges()):
        writer.write(number, select(space, rows))

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("asterism.store.writer.join_shards", full)
        with pytest.raises(OSError, match="No space left"):
            writer.finish()
    writer.finish(counts=space.counts, remarks=space.remarks)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)


def test_what_cannot_be_finished_says_what_is_missing(tmp_path, space):
    writer = _begin(tmp_path / "a.space", space)
    with pytest.raises(InputError, match="shard 0 is missing"):
        writer.finish()
    writer.write(2, space)
    writer.write(0, space)
    with pytest.raises(InputError, match="shard 1 is missing"):
        writer.finish()
    with pytest.raises(InputError, match="vectors of 8 numbers"):
        writer.write(1, make_space(3, 9))


def test_foreign_files_are_never_removed(tmp_path, space):
    draft = partial_folder(tmp_path / "a.space")
    draft.mkdir()
    (draft / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputExists, match="thesis"):
        _begin(tmp_path / "a.space", space, force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="the test kills forked processes")
def test_killed_at_twenty_moments_a_space_is_old_or_new_and_writing_goes_on(tmp_path):
    driver = Path(__file__).with_name("kill_driver.py")
    done = subprocess.run([sys.executable, driver, tmp_path], capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["20", "8", "8"]


def test_what_a_killed_save_left_goes_when_it_is_old_and_ours(tmp_path, space):
    left, young, foreign = (tmp_path / f".a.space.{digit * 32}.tmp" for digit in "123")
    other = tmp_path / f".b.space.{'1' * 32}.tmp"
    for folder in (left, young, foreign, other):
        save_space(space, tmp_path / "whole.space", force=True)
        (tmp_path / "whole.space").rename(folder)
    (foreign / "thesis.txt").write_text("mine")
    for path in (*left.iterdir(), left, *foreign.iterdir(), foreign, *other.iterdir(), other):
        os.utime(path, (1000, 1000))
    save_space(space, tmp_path / "a.space")
    assert not left.exists()
    assert young.is_dir()
    assert foreign.is_dir()
    assert other.is_dir()


def test_a_full_disk_is_said_with_the_file_and_costs_one_shard(tmp_path, space):
    resource = pytest.importorskip("resource", reason="Windows cannot limit the size of files")
    writer = _begin(tmp_path / "a.space", space)
    writer.write(0, select(space, np.arange(3)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"vectors-00001\.npy"):
            writer.write(1, make_space(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    writer.close()
    again = _begin(tmp_path / "a.space", space)
    assert again.done == {0: 3}
    assert sorted(path.name for path in partial_folder(tmp_path / "a.space").iterdir()) == [
        "manifest.json",
        "texts-00000.parquet",
        "vectors-00000.npy",
    ]


def test_parts_become_one_shard_with_the_bytes_of_a_space_saved_at_once(tmp_path, space):
    for dtype in ("float32", "float16"):
        name = f"{dtype}.space"
        writer = _begin(tmp_path / name, space, dtype=dtype)
        for number, rows in enumerate(_ranges()):
            writer.write(number, select(space, rows))
        writer.finish(counts=space.counts, remarks=space.remarks)
        save_space(space, tmp_path / "saved.space", dtype=dtype, force=True)
        found, saved = _bytes(tmp_path / name), _bytes(tmp_path / "saved.space")
        assert found.keys() == saved.keys() == {"manifest.json", "texts-00000.parquet", "vectors-00000.npy"}
        assert found["vectors-00000.npy"] == saved["vectors-00000.npy"]
        assert_same(open_space(tmp_path / name, verify=True), open_space(tmp_path / "saved.space"))
    assert not open_space(tmp_path / "float32.space").vectors.flags.owndata


def test_without_room_to_join_them_parts_stay_apart(tmp_path, space, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1))
    writer = _begin(tmp_path / "a.space", space)
    for number, rows in enumerate(_ranges()):
        writer.write(number, select(space, rows))
    writer.finish(counts=space.counts, remarks=space.remarks)
    assert (tmp_path / "a.space" / "vectors-00002.npy").is_file()
    assert_same(open_space(tmp_path / "a.space", verify=True), space)


def test_stopped_while_joining_it_goes_on(tmp_path, space, monkeypatch):
    writer = _begin(tmp_path / "a.space", space)
    for number, rows in enumerate(_ranges()):
        writer.write(number, select(space, rows))
    monkeypatch.setattr("asterism.store.writer.put_in_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        writer.finish()
    monkeypatch.undo()
    writer.close()
    again = _begin(tmp_path / "a.space", space)
    assert list(again.done) == [0, 1, 2]
    again.finish(counts=space.counts, remarks=space.remarks)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks of folders")
def test_a_second_writer_is_told_of_the_first(tmp_path, space):
    writer = _begin(tmp_path / "a.space", space)
    writer.write(0, space)
    for options in ({}, {"fingerprint": "g"}, {"force": True}):
        with pytest.raises(SpaceError, match=r"Another run is writing .*a\.space\.partial'; wait until it has ended"):
            _begin(tmp_path / "a.space", space, **options)
    assert writer.done == {0: 100}
    writer.finish(counts=space.counts, remarks=space.remarks)
    assert_same(open_space(tmp_path / "a.space", verify=True), space)
    assert _begin(tmp_path / "a.space", space, force=True).done == {}


def _killed_after_naming(folder, space, monkeypatch):
    writer = _begin(folder, space)
    for number, rows in enumerate(_ranges()):
        writer.write(number, select(space, rows))
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            writer.finish(counts=space.counts, remarks=space.remarks)
    assert partial_folder(folder).is_dir()
    return writer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks of folders")
def test_parts_that_a_finished_space_left_go_when_its_name_is_looked_at_again(tmp_path, space, monkeypatch):
    folder = tmp_path / "a.space"
    writer = _killed_after_naming(folder, space, monkeypatch)
    with pytest.raises(OutputExists):
        check_free(folder, force=False)
    assert partial_folder(folder).is_dir()  # in use
    writer.close()
    with pytest.raises(OutputExists):
        check_free(folder, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.space"]
    assert_same(open_space(folder, verify=True), space)


def test_parts_of_something_else_stay_beside_a_space(tmp_path, space, monkeypatch):
    folder = tmp_path / "a.space"
    _killed_after_naming(folder, space, monkeypatch).close()
    save_space(space, tmp_path / "other.space")
    shutil.rmtree(folder)
    (tmp_path / "other.space").rename(folder)
    check_free(folder, force=True)
    assert partial_folder(folder).is_dir()
