"""A Space at rest: folder format, manifest, shards, append, select, checksums."""
