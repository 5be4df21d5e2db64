// Python's str.casefold, as of Unicode 14 (Python 3.11), whatever version of Unicode the JavaScript engine knows: keys made in one
// runtime are found in every other, and by the Python reference. Characters that are newer are left as they are.

/**
 * Runs of code points that fold, in base 36: how far after the last one; `*` or `+` and how many, 1 or 2 apart; `:` and how
 * far away the folded form is (1 where not told); `!` for an iota after it. At 0 the folded form is the decomposition.
 * Made by `python3 test/unit/casefold-table.py table`.
 */
const TABLE = `
1t*q:w 2j:lj b*n:w 2*7:w 1:0 x+o 2:0 2+3 3+8 2:0 1+n 2:-3d 1+3 2:-7g 2:5u 1+2 2:5q 1 2*2:5p 1 3:27 1:5m 1:5n 1 2:5p
1:5r 2:5v 1:5t 1 4:5v 1:5x 2:5y 1+3 2:62 1 2:62 3 2:62 1 2*2:61 1+2 2:63 1 4 8:2 1 2:2 1 2:2 1+9 3+9 2:0 1:2 1+2
2:-2p 1:-1k 1+k 2:-3m 2+9 8:8bv 1 2:-4j 1:8bs 3 2:-5f 1:1x 1:1z 1+5 6v:38 17+2 4 9:38 7:12 2*3:11 2:1s 2*2:1r 1:0
1*h:w 2*9:w 5:0 i d:8 1:-u 1:-p 4:-f 1:-m 2+c 2:-1i 1:-1c 3:-1o 1:-1s 2 2:-7 1 3*3:-3m 1*g:28 1*w:w 1d+h a+r 2:f 1+7
3+1c 3*12:1c 1d:0 26x*12:5ls 2:5ls 6:5ls mj*6:-8 1oj:-4su 1:-4st 1:-4sk 1*2:-4si 1:-4sj 1:-4sc 1:-4ro 1:r7n
8*17:-2bk 3*3:-2bk 8x+23 2*5:0 1:-1m 3:0 2+1c a*8:-8 9*6:-8 b*8:-8 9*8:-8 9*6:-8 3+4:0 3+4:-8 9*8:-8 h*8:-3k!
1*8:-3s! 1*8:-34! 1*8:-3c! 1*8:-1s! 1*8:-20! 3:-1u! 1:0 1:-5jc! 2*2:0 1*2:-8 1*2:-22 1:0 2:-5j9 4:-26! 1:0 1:-5jq!
2*2:0 1*4:-2e 1:0 6*2:0 3*2:0 1*2:-8 1*2:-2s 7*3:0 2*2:0 1*2:-8 1*2:-34 1:-7 6:-3a! 1:0 1:-5k6! 2*2:0 1*2:-3k
1*2:-3i 1:0 8a:-5st 4:-6gv 1:-6di 7:s 1a*g:g k mr*q:q 1f5*1c:1c 1d 2:-8af 1:-2xy 1:-89z 3+3 2:-8bg 1:-8al 1:-8bj
1:-8bi 2 3 9*2:-8cf 1+1e 9+2 5 nym+n k+e 3s+7 4+v b+2 2:-r9g 1+5 5 2:-wmg 3+2 4+a 2:-wn8 1:-wnj 1:-wnf 1:-wn5 1:-wn8
2:-wlu 1:-wmi 1:-wlx 1:ps 1+8 2:-1c 1:-wn7 1:-raw 1+2 7 6+2 t or*28:-tzk fnl*7:0 d*5:0 sq*q:w xy*14:14 3t*10:14
4d*b:13 2*f:13 2*7:13 2*2:13 1d7*1f:1s 2cu*w:w gw1*w:w o81*y:y
`;

let foldings: Map<string, string> | undefined;

/** Unicode's full case folding: ß becomes ss, a final sigma a sigma. Of each code point alone, without context. */
export function casefold(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  foldings ??= readTable();
  const table = foldings;
  let folded = "";
  // Not by a regular expression: compiled, WebKitGTK's now and then pass over a character, which makes another key.
  for (const char of text) folded += isEastAsian(char) ? char : (table.get(char) ?? char);
  return folded;
}

/** Chinese, Japanese and Korean, which do not fold: telling is quicker than looking them up. */
function isEastAsian(char: string): boolean {
  return char.length === 1 && ((char >= "\u2d80" && char < "\ua640") || (char >= "\uabc0" && char < "\ufb00"));
}

function readTable(): Map<string, string> {
  const table = new Map<string, string>();
  let code = 0;
  for (const [, gap, step, count, far, iota] of TABLE.matchAll(/(\w+)([*+]?)(\w*):?(-?\w*)(!?)/g)) {
    code += number(gap) - apart(step);
    const shift = number(far);
    for (let n = number(count); n > 0; n--) {
      code += apart(step);
      const char = String.fromCodePoint(code);
      table.set(char, shift === 0 ? decomposed(char) : String.fromCodePoint(code + shift) + (iota ? "ι" : ""));
    }
  }
  return table;
}

function number(digits: string | undefined): number {
  return Number.parseInt(digits || "1", 36);
}

function apart(step: string | undefined): number {
  return step === "+" ? 2 : 1;
}

/** Decompositions never change from one version of Unicode to the next. */
function decomposed(char: string): string {
  return char.normalize("NFKD").toLowerCase().replace("\u0345", "ι").replace("ß", "ss");
}
