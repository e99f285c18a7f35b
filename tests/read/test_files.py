from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from asterism.errors import InputError
from asterism.read import arrays, read

AWKWARD = [
    '<b onclick="alert(1)">&amp;</b><script>alert(1)</script>',
    "😀👩‍👩‍👧 e\u0301",
    "שלום עולם \u202eabc",
    "",
    "x" * 100_000,
    "twice",
    "twice",
    "nul\0inside",
    " \t ",
    'a "quoted", and\nbroken line',
    "NULL",
    "NA",
    " leading",
    "null",
]
COUNTS = {"rows": 14, "null": 0, "empty": 2, "duplicates": 1}


def _csv(texts, delimiter=","):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["code", "text", "n"])
    writer.writerows([f"{i:03}", text, i * 1.5] for i, text in enumerate(texts))
    return buffer.getvalue()


def _jsonl(texts):
    return "\n".join(json.dumps({"text": text, "n": i}) for i, text in enumerate(texts))


@pytest.fixture
def write(tmp_path):
    def write_file(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_awkward_csv_is_read_as_written(write, encoding):
    reading = read(write("a.csv", _csv(AWKWARD).encode(encoding)), text="text")
    assert reading.texts == AWKWARD
    assert reading.counts == COUNTS
    assert reading.table.column("n").to_pylist() == [i * 1.5 for i in range(14)]


@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.tab", "\t"), ("a.csv", ";"), ("b.csv", "\t")])
def test_other_separators_are_read_and_said(write, name, delimiter):
    reading = read(write(name, _csv(AWKWARD, delimiter)), text="text")
    assert reading.texts == AWKWARD
    assert any("separated by" in remark for remark in reading.remarks) == name.endswith(".csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_awkward_json_lines_are_read_as_written(write, encoding):
    texts = [*AWKWARD, None]
    reading = read(write("a.jsonl", _jsonl(texts).encode(encoding)))
    assert reading.texts == texts
    assert reading.counts == {**COUNTS, "rows": 15, "null": 1}


@pytest.mark.parametrize(
    "content",
    [[{"text": text} for text in [*AWKWARD, None]], [*AWKWARD, None], {"text": [*AWKWARD, None]}],
    ids=["objects", "strings", "columns"],
)
def test_awkward_json_is_read_as_written(write, content):
    reading = read(write("a.json", json.dumps(content, ensure_ascii=False)))
    assert reading.texts == [*AWKWARD, None]


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "stream.arrow"])
def test_awkward_arrow_files_are_read_as_written(tmp_path, name):
    table = pa.table({"text": [*AWKWARD, None], "n": range(15)})
    path = tmp_path / name
    if name == "a.parquet":
        pyarrow.parquet.write_table(table, path)
    elif name == "a.feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    reading = read(path)
    assert reading.texts == [*AWKWARD, None]
    assert reading.counts == {**COUNTS, "rows": 15, "null": 1}


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_compressed_files_are_unpacked(write, ending, pack):
    assert read(write(f"a.csv.{ending}", pack(_csv(AWKWARD).encode())), text="text").texts == AWKWARD
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"text": AWKWARD}), parquet)
    assert read(write(f"a.parquet.{ending}", pack(parquet.getvalue()))).texts == AWKWARD


@pytest.mark.parametrize(
    ("name", "title"), [("news.csv", "news"), ("news.2024.csv.gz", "news.2024"), ("v1.2 of all.tsv", "v1.2 of all")]
)
def test_the_title_is_the_name_without_the_ending_of_its_format(write, name, title):
    content = b"text\na\n"
    assert read(write(name, gzip.compress(content) if name.endswith(".gz") else content)).title == title


def test_each_line_of_a_text_file_is_a_text(write):
    reading = read(write("a.txt", "one\r\n\n  three\0\nfour"))
    assert reading.texts == ["one", "", "  three\0", "four"]
    assert reading.counts["empty"] == 1


def test_latin_1_needs_its_name_and_is_then_read(write):
    path = write("a.csv", "text,n\nok,1\ncafé,2\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"line 3 holds the byte 0xe9 .*--encoding latin-1"):
        read(path)
    assert read(path, encoding="latin-1").texts == ["ok", "café"]


@pytest.mark.parametrize(("encoding", "told"), [("nope", "no text encoding"), ("base64", "no text encoding")])
def test_unknown_encodings_are_refused(write, encoding, told):
    with pytest.raises(InputError, match=told):
        read(write("a.csv", "text\nfoo\n"), encoding=encoding)


def test_codes_stay_text_and_numbers_stay_numbers(write):
    header = "text,zip,tall,count,date,ratio,empty"
    rows = "a,00123,12345678901234567890,7,2024-01-02,0.5,\nb,01234,1,8,2024-05-06,2,\n"
    table = read(write("a.csv", f"{header}\n{rows}"), text="text").table
    assert table.column("zip").to_pylist() == ["00123", "01234"]
    assert table.column("tall").to_pylist() == ["12345678901234567890", "1"]
    assert table.column("count").to_pylist() == [7, 8]
    assert table.column("ratio").to_pylist() == [0.5, 2]
    assert pa.types.is_date(table.schema.field("date").type)
    assert table.column("empty").to_pylist() == ["", ""]


def test_a_code_beside_fractions_keeps_its_zeros(write):
    table = read(write("a.csv", "text,part,ratio\na,007,0.5\nb,1.5,0\nc,-2,-0.25\n"), text="text").table
    assert table.column("part").to_pylist() == ["007", "1.5", "-2"]
    assert table.column("ratio").to_pylist() == [0.5, 0, -0.25]


@pytest.mark.parametrize(("line", "mark"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=,", ","), ("sep=\t", "\t")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_names_the_separator_as_excel_has_it(write, line, mark, end):
    rows = [f"text{mark}n", f"a{mark}1", f'"b{mark} c"{mark}2']
    reading = read(write("a.csv", end.join([line, *rows, ""])))
    assert reading.table.to_pydict() == {"text": ["a", f"b{mark} c"], "n": [1, 2]}


def test_a_column_that_begins_like_a_named_separator_is_none(write):
    assert read(write("a.csv", "sep=none,n\na,1\n")).table.column_names == ["sep=none", "n"]


@pytest.mark.parametrize("content", ["sep=;", "sep=;\r\n\r\n"])
def test_a_named_separator_and_nothing_else_is_told(write, content):
    with pytest.raises(InputError, match="names a separator and holds nothing else"):
        read(write("a.csv", content))


def test_a_named_text_column_keeps_what_looks_like_numbers(write):
    assert read(write("a.csv", "word,n\n1.0,a\n007,b\ntrue,c\n"), text="word").texts == ["1.0", "007", "true"]
    assert read(write("b.csv", "text,n\nNULL,1\n,2\n")).texts == ["NULL", ""]


def test_empty_lines_of_a_single_column_are_texts_and_none_is_lost(write):
    assert read(write("a.csv", "text\na\n\nb\n")).texts == ["a", "", "b"]


def test_columns_of_the_same_or_no_name_can_be_told_apart(write):
    reading = read(write("a.csv", "text,text,,text_2\na,b,c,d\n"))
    assert reading.table.column_names == ["text", "text_3", "column 3", "text_2"]
    assert sum("is called" in remark for remark in reading.remarks) == 2


def test_quotes_of_a_tsv_that_do_not_pair_up_are_characters(write):
    reading = read(write("a.tsv", 'text\tn\n"open\t1\nshut\t2\n'))
    assert reading.texts == ['"open', "shut"]
    assert "Quotes do not pair up" in reading.remarks[0]


def test_blocks_do_not_show(write, monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK", 1024)
    rows = "".join(f'"text\n{i}",{i},{i:03}\n' for i in range(1000)) + f"{'long' * 1000},none,1\n"
    reading = read(write("a.csv", "text,n,code\n" + rows), text="text")
    assert reading.texts == [*(f"text\n{i}" for i in range(1000)), "long" * 1000]
    assert reading.table.column("n").to_pylist() == [*map(str, range(1000)), "none"]
    assert reading.table.column("code").to_pylist()[:2] == ["000", "001"]
    lines = "".join(json.dumps({"text": f"t{i}", "n": i if i < 900 else i + 0.5}) + "\n" for i in range(1000))
    assert read(write("a.jsonl", lines)).table.column("n").to_pylist()[-1] == 999.5
    assert read(write("b.jsonl", lines + json.dumps({"text": "long" * 1000}))).texts[-1] == "long" * 1000
    with pytest.raises(InputError, match=r"row 502 .* has 3 fields"):
        read(write("b.csv", "text,n\n" + "a,1\n" * 500 + "a,1,2\n" + "a,1\n" * 500))
    with pytest.raises(InputError, match=r"line 1001 is not JSON"):
        read(write("c.jsonl", lines + "oops\n"))


def test_json_columns_of_several_kinds_are_kept_as_text(write):
    reading = read(write("a.jsonl", '{"text":"a","k":1}\n{"text":"b","k":"x"}\n{"text":"c","k":[1]}\n{"text":"d"}\n'))
    assert reading.table.column("k").to_pylist() == ["1", "x", "[1]", None]
    assert any("'k' mixes" in remark for remark in reading.remarks)


def test_half_a_surrogate_pair_becomes_a_replacement_character(write):
    reading = read(write("a.jsonl", '{"text":"a\\ud83d"}\n{"text":"\\ud83d\\ude00"}\n'))
    assert reading.texts == ["a\ufffd", "😀"]
    assert any("U+FFFD" in remark for remark in reading.remarks)


@pytest.mark.parametrize(
    ("header", "rows", "taken", "why"),
    [
        ("id,body", "1,a", "body", "only one"),
        ("topic,Title,description", "a,b,ccccccc", "Title", "by its name"),
        ("short,long", "a,bbbb", "long", "longest"),
    ],
)
def test_the_text_column_is_found_by_rule_and_said(write, header, rows, taken, why):
    reading = read(write("a.csv", f"{header}\n{rows}\n"))
    assert reading.text_column == taken
    assert why in reading.remarks[-1]


def test_stdin_is_read_by_format_or_by_its_first_bytes(monkeypatch):
    def feed(content):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    feed(_csv(AWKWARD).encode())
    assert read("-", file_format="csv", text="text").texts == AWKWARD
    feed(_jsonl(AWKWARD).encode())
    assert read("-").texts == AWKWARD
    feed(json.dumps(AWKWARD).encode())
    assert read("-").texts == AWKWARD
    feed(gzip.compress(b"one\ntwo\n"))
    lines = read("-")
    assert lines.texts == ["one", "two"]
    assert "--format csv" in lines.remarks[0]
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"text": AWKWARD}), parquet)
    feed(parquet.getvalue())
    assert read("-").texts == AWKWARD


def test_a_header_longer_than_is_looked_at_may_hold_any_characters(write):
    assert read(write("a.csv", "a" + 600_000 * "ü" + "\none\n")).texts == ["one"]


PACKED = gzip.compress(_csv(AWKWARD).encode())


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\n \n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.txt", "\n \n".encode("utf-16"), "is empty"),
        ("a.csv", "text,n\n", "a header and no rows"),
        ("a.csv", "text,n\na,1\nb,2,3\n", r"row 3 .* has 3 fields where the header has 2 \('b,2,3'\)"),
        ("a.csv", "text,n\na,1\nb\n", r"row 3 .* has 1 field where"),
        ("a.csv", 'text,n\na,1\n"b,2\nc,3\n', "row 3 .* A quote is opened there"),
        ("a.csv", "text\none, two\n", "--format txt"),
        ("a.csv.gz", PACKED[:-20], "cannot be unpacked"),
        ("a.csv.gz", b"no gzip", "cannot be unpacked"),
        ("a.csv.bz2", bz2.compress(b"text\na\n")[:-9], "cannot be unpacked"),
        ("a.csv.xz", lzma.compress(b"text\na\n")[:-9], "cannot be unpacked"),
        (
            "a.jsonl",
            '{"text":"a"}\n{"text":"b"\n{"text":"c"}\n',
            r"line 2 is not JSON \(column 12: Expecting ',' delimiter\); mend",
        ),
        ("a.jsonl", "1\n2\n", "row 1 is a number"),
        ("a.json", '[{"text":"a"},', r"is not JSON \(line 1, column 15: Expecting value\)"),
        ("a.json", f"[{'9' * 5000}]", r"is not JSON \(Exceeds the limit"),
        ("a.json", "null", "holds null"),
        ("a.json", "[]", "holds no rows"),
        ("a.json", '[{"text":"a"},"b"]', "row 2 is a string"),
        ("a.json", "3", "holds a number; expected a list"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"a":["x"],"b":[]}', "different lengths"),
        ("a.json", '{"n":1}', "No column holds text"),
        ("a.parquet", b"PAR1 and then nothing", "not a whole parquet file"),
        ("a.parquet", b"", "not a whole parquet file"),
        ("a.feather", b"no", "not a whole feather file"),
        ("a.docx", b"x", "Cannot tell the format"),
    ],
)
def test_faults_are_one_line_that_says_what_and_where(write, name, content, told):
    with pytest.raises(InputError, match=told) as caught:
        read(write(name, content))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value) or told == "No column holds text"


def test_a_cut_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"text": AWKWARD}), path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="not a whole parquet file"):
        read(path)


def test_folders_missing_files_and_columns_are_named(write, tmp_path):
    with pytest.raises(InputError, match="is a directory"):
        read(tmp_path)
    with pytest.raises(InputError, match=r"There is no file .*nowhere.csv"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="did you mean 'Title'"):
        read(write("a.csv", "Title,n\na,1\n"), text="titel")
    with pytest.raises(InputError, match="and 5 more"):
        read(write("b.csv", ",".join(f"c{i}" for i in range(25)) + "\n" + ",".join("1" * 25) + "\n"))
    with pytest.raises(InputError, match="format is 'xls'"):
        read(write("a.csv", "text\na\n"), file_format="xls")


def test_coordinates_are_taken_from_columns(write):
    path = write("a.csv", "text,x,y,z\na,1,2,3\nb,,5,6\nc,7,8,inf\n")
    flat = read(path, x="x", y="y").coordinates
    assert flat.shape == (3, 2)
    assert flat[0].tolist() == [1, 2]
    deep = read(path, x="x", y="y", z="z").coordinates
    assert deep.shape == (3, 3)
    assert np.isnan(deep).all(axis=1).tolist() == [False, True, True]
    with pytest.raises(InputError, match="need both --x and --y"):
        read(path, x="x")
    with pytest.raises(InputError, match="Column 'text' holds string; expected numbers"):
        read(path, x="text", y="y")


def test_real_awkward_files_are_read_whole(data):
    naughty = read(data / "awkward/blns.json")
    assert naughty.texts == json.loads((data / "awkward/blns.json").read_text())
    path = data / "awkward/tesco_support.csv"
    with path.open(newline="") as file:
        assert read(path).texts == [row["text"] for row in csv.DictReader(file)]
    html = read(data / "awkward/html_br_translated_1040.csv", text="content_display", x="X", y="Y")
    assert html.counts["rows"] == 1040
    assert any("<br>" in text for text in html.texts)
    news = read(data / "agnews/agnews_test.csv")
    assert (news.text_column, news.counts["rows"]) == ("title", 7600)


def test_real_compressed_abstracts_are_read_with_dates(data):
    reading = read(data / "arxiv/cs.DB.tsv.xz")
    assert reading.text_column == "title"
    assert pa.types.is_date(reading.table.schema.field("created").type)
    with lzma.open(data / "arxiv/cs.DB.tsv.xz", "rt", newline="") as file:
        assert reading.texts == [row["title"] for row in csv.DictReader(file, delimiter="\t")]


def test_a_header_with_line_breaks_does_not_hinder_codes(write):
    table = read(write("a.csv", '"te\nxt",n,n\n"a\nb",001,1\nc,002,2\n'), text="te\nxt").table
    assert table.column_names == ["te\nxt", "n", "n_2"]
    assert table.to_pylist() == [{"te\nxt": "a\nb", "n": "001", "n_2": 1}, {"te\nxt": "c", "n": "002", "n_2": 2}]


def test_json_by_row_number_as_pandas_writes_it_is_a_table(write):
    content = {"text": {"0": "a", "1": "b", "2": None}, "label": {"0": "x", "1": "y", "2": "x"}}
    reading = read(write("a.json", json.dumps(content)))
    assert reading.table.to_pydict() == {"text": ["a", "b", None], "label": ["x", "y", "x"]}
    assert not any("Row numbers" in remark for remark in reading.remarks)


def test_row_numbers_of_a_filtered_frame_are_said_to_be_no_column(write):
    reading = read(write("a.json", '{"text": {"4": "a", "9": "b"}, "n": {"4": 1, "9": 2}}'))
    assert reading.table.to_pydict() == {"text": ["a", "b"], "n": [1, 2]}
    assert any("(4 … 9) give the order of rows" in remark for remark in reading.remarks)


def test_objects_of_other_objects_are_still_one_row(write):
    reading = read(write("a.json", '{"text": "a", "of": {"0": 1}}'))
    assert reading.texts == ["a"]
