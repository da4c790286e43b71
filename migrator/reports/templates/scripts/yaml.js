// Colours of YAML, a line at a time. `state` carries over lines whether they are in a block of text, and how deep.

const TOKEN = /(#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(<<[^>]*>>|\$\{?\w+\}?)|([&*][\w.-]+|!\S*|<<(?=:))|([^\s#,[\]{}"'&*!<$:][^#,[\]{}"':$<]*?(?=\s*:(?:\s|$)))|(-?\d+(?:\.\d+)*(?=[\s,\]}]|$)|\b(?:true|false|null|yes|no|on|off)\b(?=\s*(?:[,\]}#]|$)))|((?:[^\s#,[\]{}"'&*!<$:]|:(?!\s|$)|[<$](?!<|\{|\w))+)/gi;
const CLASSES = [null, "c", "s", "v", "m", "k", "n", null];
const IN_BLOCK = /(<<[^>]*>>|\$\{?\w+\}?)|(^\s*#.*$)/g;
const OPENS_BLOCK = /(?:^|[\s:-])[|>][+-]?\d?[+-]?\s*(?:#.*)?$/;

function newState() {
  return { block: -1 };
}

/** Whether a line stands in a block of text; moves the state on. */
function follow(state, line) {
  const depth = line.search(/\S/);
  if (state.block >= 0) {
    if (depth < 0 || depth > state.block) return true;
    state.block = -1;
  }
  if (OPENS_BLOCK.test(line)) {
    const key = line.match(/^(\s*)((?:- +)*)/);
    state.block = key[2] && /^- *[|>]/.test(line.trim()) ? key[1].length : key[1].length + Math.max(key[2].length - 1, 0);
    if (key[2] && !/^\s*(?:- +)+[|>]/.test(line)) state.block = key[1].length + key[2].length;
    else if (!key[2]) state.block = key[1].length;
  }
  return false;
}

/** Ranges of a line with their classes: [start, end, class], sorted, none of which meet. */
function coloured(line, inBlock) {
  const found = [];
  if (line.length > 4000) return found;
  if (inBlock) {
    let at = 0;
    for (const match of line.matchAll(IN_BLOCK)) {
      if (match.index > at) found.push([at, match.index, "s"]);
      at = match.index + match[0].length;
      found.push([match.index, at, match[1] ? "v" : "c"]);
    }
    if (at < line.length) found.push([at, line.length, "s"]);
    return found;
  }
  for (const match of line.matchAll(TOKEN)) {
    const kind = match.findIndex((group, index) => index > 0 && group !== undefined);
    if (kind === 1 && match.index > 0 && !/\s/.test(line[match.index - 1])) continue;
    const end = match.index + match[0].length;
    const name = kind === 2 && /^\s*:/.test(line.slice(end)) ? "k" : CLASSES[kind];
    if (name) found.push([match.index, end, name]);
  }
  return found;
}
