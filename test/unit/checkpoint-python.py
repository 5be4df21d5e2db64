"""Writes a checkpoint as the Python reference does (argument: its path), or reads one of ours (arguments: read, its path)."""
import hashlib
import json
import os
import re
import sqlite3
import struct
import sys
import tarfile
import tempfile


def key(query):
    return hashlib.sha256(re.sub(r"\s+", " ", query.strip()).casefold().encode()).hexdigest()


ENTRIES = [
    # namespace, query, response, vector, metadata, created, accessed, ttl, count
    ("default", "  How do\tI   RESET it? ", "like \u00dfo \U0001f511", (0.6, 0.8), {"by": "x", "n": [1, None]}, 1700000000, 1700000100, None, 3),
    ("default", "Stra\u00dfe \u0130\u03a3", "\u00e4", (0.8, 0.6), {}, 1700000001, 1700000001, 3600, 0),
    ("a:b", "", "empty", (1.0, 0.0), {}, 1700000002, 1700000050, None, 1),
    ("a:b", "no direction", "zeros", (0.0, 0.0), {}, 1700000003, 1700000003, None, 0),
]


def write(path):
    with tempfile.TemporaryDirectory() as folder:
        live = sqlite3.connect(os.path.join(folder, "live.db"))
        live.executescript("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
            CREATE TABLE entries (
                id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL,
                query TEXT NOT NULL, response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL,
                created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL, ttl INTEGER, access_count INTEGER NOT NULL DEFAULT 0,
                UNIQUE (namespace, query_hash));
            CREATE TABLE cache_counters (key TEXT PRIMARY KEY, value INTEGER);
            CREATE TABLE namespace_quotas (namespace TEXT PRIMARY KEY, max_entries INTEGER);
            CREATE TABLE multi_process_state (key TEXT PRIMARY KEY, value INTEGER);
            CREATE INDEX idx_ns_lru ON entries (namespace, last_accessed_at);
        """)
        for namespace, query, response, vector, metadata, created, accessed, ttl, count in ENTRIES:
            live.execute(
                "INSERT INTO entries (namespace, query_hash, query, response, embedding, metadata, created_at, "
                "last_accessed_at, ttl, access_count) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (namespace, key(query), query, response, struct.pack("<2f", *vector), json.dumps(metadata), created, accessed, ttl, count),
            )
        live.commit()
        store = os.path.join(folder, "store")
        copy = sqlite3.connect(store)
        live.backup(copy)
        copy.close()
        live.close()
        manifest = {
            "format_version": 1, "schema_version": 1, "embedder_fingerprint": "test", "embedder_dim": 2,
            "index_backend": "numpy", "store_backend": "sqlite", "vector_dtype": "float32",
            "created_at": 1700000200, "namespaces": ["a:b", "default"],
        }
        with open(os.path.join(folder, "manifest.json"), "w") as file:
            json.dump(manifest, file, sort_keys=True, indent=2)
        with tarfile.open(path, "w:gz") as archive:
            archive.add(os.path.join(folder, "manifest.json"), arcname="manifest.json")
            archive.add(store, arcname="store")
    print(json.dumps([[namespace, key(query)] for namespace, query, *_ in ENTRIES]))


def read(path):
    """Names, sizes and the checksum, by nothing of ours."""
    seal = ""
    members = []
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            assert member.isfile() and member.mode == 0o600
            content = archive.extractfile(member).read()
            members.append((member.name, content))
            if member.name != "end.json":
                seal = hashlib.sha256(seal.encode() + content).hexdigest()
    lines = [json.loads(line) for name, content in members if name.startswith("entries/") for line in content.splitlines()]
    end = json.loads(members[-1][1])
    print(json.dumps({"names": [name for name, _ in members], "sealed": seal == end["sha256"], "count": len(lines) == end["entries"], "texts": [line["text"] for line in lines]}))


if sys.argv[1] == "read":
    read(sys.argv[2])
else:
    write(sys.argv[1])
