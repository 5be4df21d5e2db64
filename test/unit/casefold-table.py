"""What Python does to text, for test/unit and src/text, which must do the same.

    python3 test/unit/casefold-table.py          > test/unit/casefold-expected.ts
    python3 test/unit/casefold-table.py table      the TABLE of src/text/casefold.ts

Both are committed, made by a Python of Unicode 14 (3.11): `npm test -- checks` makes them anew where it finds one.
"""

import re
import sys
import textwrap
import unicodedata

EVERY = [chr(code) for code in range(0x110000)]
FOLDED = {ord(char): char.casefold() for char in EVERY if char.casefold() != char}
SPACES = [ord(char) for char in EVERY if char.isspace()]
for char in EVERY:
    assert (char.strip() == "") == bool(re.match(r"\s", char)) == (ord(char) in SPACES), hex(ord(char))


def runs(folded):
    """(first, count, step) of code points 1 or 2 apart whose folded forms differ in their first character only, which
    is as far from its origin in all."""
    codes = sorted(folded)

    def same(a, b):
        return ord(folded[a][0]) - a == ord(folded[b][0]) - b and folded[a][1:] == folded[b][1:]

    def count(i, step):
        n = 1
        while i + n < len(codes) and codes[i + n] == codes[i] + n * step and same(codes[i], codes[i + n]):
            n += 1
        return n

    i = 0
    while i < len(codes):
        step = 1 if count(i, 1) >= count(i, 2) else 2
        yield codes[i], count(i, step), step
        i += count(i, step)


def fixture():
    rows = []
    for first, count, step in runs(FOLDED):
        rows.append(f"{first:x},{count},{step}," + "+".join(f"{ord(char):x}" for char in FOLDED[first]))
    back = {}
    for row in rows:
        first, count, step, folded = row.split(",")
        head, *tail = (int(code, 16) for code in folded.split("+"))
        for n in range(0, int(count) * int(step), int(step)):
            back[int(first, 16) + n] = "".join(map(chr, [head + n, *tail]))
    assert back == FOLDED
    spaces = textwrap.fill(" ".join(f"{code:x}" for code in SPACES), 116)
    return f"""// Made by casefold-table.py; not to be edited.

/** The version of Unicode that Python knew. */
export const UNICODE = "{unicodedata.unidata_version}";

/** The code points that Python counts as white space. */
export const WHITE_SPACE = `
{spaces}
`;

/** The code points that casefold changes, in runs: first, count, step, and what the first becomes; the next become the next. */
export const FOLDED = `
{textwrap.fill(" ".join(rows), 116)}
`;
"""


def base36(number):
    if number < 0:
        return "-" + base36(-number)
    digit = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]
    return base36(number // 36) + digit if number >= 36 else digit


def decomposed(char):
    return unicodedata.normalize("NFKD", char).lower().replace("\u0345", "ι").replace("ß", "ss")


def table():
    """Of what becomes several characters: with an iota at the end, of a shift and a mark; else of the decomposition."""
    shifted = {}
    for code, folded in FOLDED.items():
        if len(folded) == 1 or folded[1:] == "ι" and decomposed(chr(code)) != folded:
            shifted[code] = folded
        else:
            assert decomposed(chr(code)) == folded, hex(code)
            shifted[code] = chr(code)
    tokens = []
    last = 0
    for first, count, step in runs(shifted):
        shift = ord(shifted[first][0]) - first
        token = base36(first - last)
        token += "" if count == 1 else " *+"[step] + base36(count)
        token += "" if shift == 1 else ":" + base36(shift)
        tokens.append(token + "!" * (len(shifted[first]) - 1))
        last = first + (count - 1) * step
    return " ".join(tokens)


print(table() if sys.argv[1:] == ["table"] else fixture(), end="")
