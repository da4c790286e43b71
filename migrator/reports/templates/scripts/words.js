// Which words differ between a line and the line that takes its place.

const WORD = /[\w$./@-]+|\s+|[^\w\s]/gu;
const MOST_WORDS = 220;

/** Ranges that differ, in the old line and in the new one; nothing where the lines have too little in common. */
function changedWords(before, after) {
  const one = before.match(WORD) || [];
  const other = after.match(WORD) || [];
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < one.length - start && end < other.length - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  const a = one.slice(start, one.length - end);
  const b = other.slice(start, other.length - end);
  const keep = a.length * b.length <= MOST_WORDS * MOST_WORDS ? common(a, b) : { one: [], other: [] };
  const offset = one.slice(0, start).join("").length;
  const ranges = { before: rangesOf(a, keep.one, offset), after: rangesOf(b, keep.other, offset) };
  const marked = ranges.before.reduce((sum, [x, y]) => sum + y - x, 0);
  return marked > 0.75 * before.trim().length && before.trim().length > 3 ? { before: [], after: [] } : ranges;
}

/** The longest common part of two lists of words, as the indexes of its words in each. */
function common(a, b) {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] = a[i] === b[j] ? table[(i + 1) * width + j + 1] + 1 : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  const one = [];
  const other = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      one.push(i);
      other.push(j);
      i += 1;
      j += 1;
    } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return { one, other };
}

function rangesOf(words, kept, offset) {
  const ranges = [];
  const stay = new Set(kept);
  let at = offset;
  words.forEach((word, index) => {
    const last = ranges[ranges.length - 1];
    if (!stay.has(index)) {
      if (last && last[1] === at) last[1] += word.length;
      else ranges.push([at, at + word.length]);
    }
    at += word.length;
  });
  return ranges;
}

/** For each old line the new line that it became, in order; -1 where none is like it. */
function partners(old, fresh) {
  let from = 0;
  return old.map((line) => {
    let best = -1;
    let most = 0.35;
    for (let index = from; index < Math.min(fresh.length, from + 40); index += 1) {
      const like = likeness(line, fresh[index]);
      if (like > most) [best, most] = [index, like];
    }
    if (best >= 0) from = best + 1;
    return best;
  });
}

function likeness(one, other) {
  const a = one.trim();
  const b = other.trim();
  if (!a || !b) return 0;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return (start + end) / Math.min(a.length, b.length) * (start + end > 1 ? 1 : 0);
}
