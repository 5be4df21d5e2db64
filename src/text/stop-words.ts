/**
 * English words that say nothing of what a text is about. Neither those that deny nor those that ask: "not", "when" and "who"
 * do; nor what is a name or a noun too: will, us, may.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an the of to in on at by for from with as into and or but if so than that is are was were be been am being i me my you
your we our it its he she his her him they them their this these those there can could would should do does did have has had`.split(
    /\s+/,
  ),
);
