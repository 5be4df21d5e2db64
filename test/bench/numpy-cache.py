"""What a get costs at least that is NumPy and SQLite, as the Python reference does it. Started by numpy-cache.ts.

Exact: one select by hash and one update of its use, committed. Semantic: `M @ q` in float32 and argpartition; int8 rows are cast
in chunks, as there is no int8 product. Put: one insert, committed, and one row of the matrix. Open: the vectors read from the
table and stacked. Times are measured here, so the pipe is not in them.

The first line of stdin says where rows and queries are; each line after it is work to do, answered by a line of JSON.
"""

import hashlib
import json
import os
import sqlite3
import sys
import time

import numpy as np

K = 3
CHUNK = 4096
COLUMNS = "namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, access_count"

job = json.loads(sys.stdin.readline())
count, dimensions, int8 = job["count"], job["dimensions"], job["dtype"] == "int8"
rows = np.fromfile(job["rows"], dtype=np.float32, count=count * dimensions).reshape(count, dimensions)
queries = np.array(job["queries"], dtype=np.float32)
matrix = np.clip(np.rint(rows * 127), -128, 127).astype(np.int8) if int8 else rows
buffer = np.empty((CHUNK, dimensions), dtype=np.float32)
path = os.path.join(job["folder"], f"reference-{dimensions}.db")


def connect():
    database = sqlite3.connect(path)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-10000", "temp_store=MEMORY"):
        database.execute(f"PRAGMA {pragma}")
    return database


def hash_of(number):
    return hashlib.sha256(f"question {number}".encode()).hexdigest()


def entry(number, vector):
    return ("default", hash_of(number), f"question {number}", "an answer", vector.tobytes(), "{}", 0, 0, 0)


def fill(database):
    database.execute(
        """CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT, query_hash TEXT, query TEXT, response TEXT,
        embedding BLOB, metadata TEXT, created_at REAL, last_accessed_at REAL, access_count INTEGER,
        UNIQUE (namespace, query_hash))"""
    )
    database.execute("CREATE INDEX used ON entries (namespace, last_accessed_at)")
    insert = f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    database.executemany(insert, (entry(number, rows[number]) for number in range(count)))
    database.commit()


def exact(number):
    found = database.execute("SELECT * FROM entries WHERE namespace = ? AND query_hash = ?", ("default", hash_of(number)))
    row = found.fetchone()
    if row is not None:
        touch(row[0])
    return row


def touch(id):
    database.execute("UPDATE entries SET last_accessed_at = ?, access_count = access_count + 1 WHERE id = ?", (time.time(), id))
    database.commit()


def semantic(query):
    if int8:
        scores = np.empty(count, dtype=np.float32)
        scaled = query / 127
        for start in range(0, count, CHUNK):
            chunk = matrix[start : start + CHUNK]
            np.copyto(buffer[: len(chunk)], chunk)
            scores[start : start + len(chunk)] = buffer[: len(chunk)] @ scaled
    else:
        scores = matrix @ query
    best = np.argpartition(scores, -K)[-K:]
    best = best[np.argsort(-scores[best])]
    return int(best[0]), float(scores[best[0]])


def put(number):
    insert = f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    database.execute(insert, entry(count + number, queries[number % len(queries)]))
    database.commit()
    buffer[number % CHUNK] = queries[number % len(queries)]


def read_vectors(_):
    other = connect()
    found = other.execute("SELECT id, embedding, namespace FROM entries LIMIT ?", (count,))
    stacked = np.stack([np.frombuffer(row[1], dtype=np.float32) for row in found])
    if int8:
        np.clip(np.rint(stacked * 127), -128, 127).astype(np.int8)
    other.close()


def mixed(call):
    """45 of 100 are stored questions, 45 paraphrases, 10 unrelated."""
    kind = call % 20
    if kind < 9:
        exact(call * 7919 % count)
        return
    exact(-1 - call)
    row, score = semantic(queries[call % len(queries)])
    if kind < 18:
        database.execute("SELECT * FROM entries WHERE id = ?", (row + 1,)).fetchone()
        touch(row + 1)


def timed(work, calls):
    milliseconds = []
    for call in calls:
        start = time.perf_counter_ns()
        work(call)
        milliseconds.append((time.perf_counter_ns() - start) / 1e6)
    return {"milliseconds": milliseconds}


def say(answer):
    print(json.dumps(answer), flush=True)


WORK = {"exact": lambda call: exact(call * 7919 % count), "put": put, "open": read_vectors, "mixed": mixed}

if job["table"]:
    database = connect()
    fill(database)
say({"version": np.__version__})

for line in sys.stdin:
    task = json.loads(line)
    calls = range(task["calls"])
    if task["work"] == "semantic":
        found = []
        answer = timed(lambda call: found.append(semantic(queries[call % len(queries)])), calls)
        say(answer | {"rows": [row for row, _ in found], "scores": [score for _, score in found]})
    else:
        say(timed(WORK[task["work"]], calls))
