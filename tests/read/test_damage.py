"""Files with random damage are read or refused in one line; nothing else ever comes out."""

from __future__ import annotations

import gzip
import io
import random

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from safetensors.numpy import save

from asterism.errors import InputError
from asterism.read import read

CSV = 'code,text,n,v\n001,"a ""q"" b\nc",1.5,"[1, 2]"\n002,😀,2,"[3, 4]"\n003,שלום,,"[5,6]"\n'
KINDS = pa.array(["x", "y", "x"]).dictionary_encode()
TABLE = pa.table({"text": ["a", "b", None], "n": [1, 2, 3], "v": [[1.0, 2.0]] * 3, "kind": KINDS})
MATRIX = np.ones((3, 4), np.float32)
INSERTS = [b'"', b",", b"\n", b"\0", b"\xff", b"[", b"{", b"\t", b"\r", b" ", b"9" * 30, b"\\u"]


def _written(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _write_stream(buffer):
    with pa.ipc.new_stream(buffer, TABLE.schema) as writer:
        writer.write_table(TABLE)


FILES = {
    "a.csv": CSV.encode(),
    "wide.csv": CSV.encode("utf-16"),
    "a.tsv": b'text\tn\n"open\t1\nshut\t2\n',
    "a.jsonl": b'{"text":"a","n":1,"v":[1,2]}\n{"text":"b\\ud83d\\ude00","v":[3,4]}\n{"text":null,"k":{"a":[1]}}\n',
    "a.json": b'[{"text":"a","n":1},{"text":"b","n":2.5}]',
    "a.txt": "one\r\ntwo\nдва\n".encode(),
    "a.csv.gz": gzip.compress(CSV.encode()),
    "a.vec": b"3 4\n" + b"".join(b"w%d 1 2 3.5 -4e-1\n" % i for i in range(3)),
    "a.parquet": _written(lambda file: pyarrow.parquet.write_table(TABLE, file)),
    "a.feather": _written(lambda file: pyarrow.feather.write_feather(TABLE, file)),
    "a.arrow": _written(_write_stream),
    "a.npy": _written(lambda file: np.save(file, MATRIX)),
    "a.npz": _written(lambda file: np.savez(file, MATRIX)),
    "a.safetensors": save({"vectors": MATRIX}),
}


def _damaged(content, chance):
    content = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place, kind = chance.randrange(len(content) + 1), chance.random()
        if kind < 0.4:
            content[place : place + 1] = bytes([chance.randrange(256)])
        elif kind < 0.6:
            content[place:place] = chance.choice(INSERTS)
        elif kind < 0.8:
            del content[place : place + chance.randint(1, 20)]
        elif kind < 0.9:
            del content[place:]
        else:
            content[place:place] = content[place : place + 30]
    return content


# An .npy header that was damaged in just the right way looks as if Python 2 had written it, which NumPy remarks.
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header parsing")
@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path, name):
    chance = random.Random(name)  # noqa: S311 - damage, not secrets
    path = tmp_path / name
    refusals = []
    for turn in range(40):
        path.write_bytes(_damaged(FILES[name], chance))
        try:
            reading = read(path, vectors="v" if turn % 3 == 0 else None)
        except InputError as exc:
            refusals.append(str(exc))
        else:
            assert len(reading.texts) == reading.counts["rows"] == reading.table.num_rows
    assert len(refusals) > 0
    assert not any("\n" in refusal for refusal in refusals)
