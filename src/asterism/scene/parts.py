"""What a container is made of: for people who want a smaller file, and for pages that draw before all is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 16
# Fields of texts, columns and neighbours that name a block.
BLOCK_FIELDS = ("lengths", "bytes", "codes", "values", "rows", "distances")
PARTS = ("texts", "places", "faithfulness", "columns", "neighbors", "rest")


def part_sizes(content: bytes) -> dict[str, int]:
    """Count the bytes of each part of a container.

    Args:
        content: What `encode_scene` returned.

    Returns:
        Bytes as stored, by the names of `PARTS`, the largest first; their sum is the length of `content`.
    """
    header, _ = _header(content)
    stored = [block["size"] for block in header["blocks"]]
    projections = header["projections"]
    qualities = [projection["quality"] for projection in projections if projection["quality"]]
    sizes = dict.fromkeys(PARTS, 0)
    for column in header["columns"]:
        part = "texts" if column["kind"] == "text" else "columns"
        sizes[part] += sum(stored[i] for i in _blocks_in(column))
    sizes["texts"] += sum(stored[i] for i in _blocks_in(header["texts"]))
    sizes["places"] = sum(stored[projection["points"]] for projection in projections)
    sizes["faithfulness"] = sum(stored[quality[side]] for quality in qualities for side in ("lost", "false"))
    sizes["neighbors"] = sum(stored[i] for i in _blocks_in(header["neighbors"]))
    sizes["rest"] = len(content) - sum(sizes.values())
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def split_container(content: bytes) -> tuple[bytes, bytes]:
    """Cut a container behind the last block that the first picture needs.

    Args:
        content: What `encode_scene` returned.

    Returns:
        The header with those blocks, and all others: texts and neighbours.
    """
    header, end = _header(content)
    return content[: end + header["first"]], content[end + header["first"] :]


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the blocks begin."""
    end = START + int.from_bytes(content[12:16], "little")
    return json.loads(content[START:end]), end


def _blocks_in(value: Any) -> Iterator[int]:  # noqa: ANN401 - any part of the header
    """The numbers of the blocks that a part of the header names."""
    if isinstance(value, dict):
        for field in BLOCK_FIELDS:
            inner = value.get(field)
            if isinstance(inner, dict):
                yield from _blocks_in(inner)
            elif inner is not None:
                yield inner
