"""Thresholds found as the specification says, in plain Python: what `mneme calibrate` is compared with.

stdin: {"vectors": [[…]], "paraphrases": [[i, j]], "distractors": [[i, j]], "cases": [{dtype, grid, target, precision, recall}]}
stdout: for each case its curve and the best point, or null; and how near a similarity comes to a threshold.
"""

import json
import math
import struct
import sys


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def half(x):
    return struct.unpack("e", struct.pack("e", x))[0]


def int8(x):
    return max(-128, min(127, round(float32(x * 127)))) / 127


STORED = {"float32": lambda x: x, "float16": half, "int8": int8}


def unit(vector):
    length = math.sqrt(math.fsum(x * x for x in vector))
    return [float32(x / length) for x in vector]


def curve_of(positives, negatives, grid):
    for threshold in grid:
        right = sum(score >= threshold for score in positives)
        wrong = sum(score >= threshold for score in negatives)
        precision = right / (right + wrong) if right + wrong else 1.0
        recall = right / len(positives)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        yield {"threshold": threshold, "precision": precision, "recall": recall, "f1": f1}


job = json.load(sys.stdin)
answers = []
for case in job["cases"]:
    rows = [[STORED[case["dtype"]](x) for x in unit(vector)] for vector in job["vectors"]]
    score = lambda pair: math.fsum(x * y for x, y in zip(rows[pair[0]], rows[pair[1]]))
    positives, negatives = (list(map(score, job[kind])) for kind in ("paraphrases", "distractors"))
    grid = case["grid"] or [round(0.5 + i / 100, 2) for i in range(50)]
    curve = list(curve_of(positives, negatives, grid))
    best = None
    for point in curve:
        if point["precision"] < (case["precision"] or 0) or point["recall"] < (case["recall"] or 0):
            continue
        if best is None or point[case["target"]] > best[case["target"]]:
            best = point
    nearest = min(abs(score - threshold) for score in positives + negatives for threshold in grid)
    answers.append({"curve": curve, "best": best, "nearest": nearest})
print(json.dumps(answers))
