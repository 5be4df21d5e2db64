"""The nearest row by NumPy: float32 `M @ q`, then argmax. Started by numpy.ts, which sets the number of BLAS's threads.

The first line of stdin says where rows and queries are; each line after it is a list of queries by number. Each is answered
by a line of JSON. Times are measured here, so the pipe is not in them.
"""

import json
import sys
import time

import numpy as np


def load(path, count, dimensions, mapped):
    # In memory of its own, which is faster to read than a mapped file; mapped where that does not fit.
    if mapped:
        return np.memmap(path, dtype=np.float32, mode="r", shape=(count, dimensions))
    return np.fromfile(path, dtype=np.float32).reshape(count, dimensions)


def say(answer):
    print(json.dumps(answer), flush=True)


job = json.loads(sys.stdin.readline())
rows = load(job["rows"], job["count"], job["dimensions"], job["mapped"])
queries = np.array(job["queries"], dtype=np.float32)
say({"version": np.__version__})

for line in sys.stdin:
    answer = {"milliseconds": [], "rows": [], "scores": []}
    for number in json.loads(line):
        query = queries[number]
        start = time.perf_counter_ns()
        scores = rows @ query
        best = int(scores.argmax())
        answer["milliseconds"].append((time.perf_counter_ns() - start) / 1e6)
        answer["rows"].append(best)
        answer["scores"].append(float(scores[best]))
    say(answer)
