// A diff as a table: unified or side by side, unchanged parts folded, words marked. Drawn when it is looked at.

const CONTEXT = 3;
const ROWS = 600;

/** The lines of a diff in order: {same, a, b}, {old, fresh, a, b} with numbers of lines, or {gone}. */
function linesOf(pieces) {
  const rows = [];
  const states = { old: newState(), fresh: newState() };
  let a = 1;
  let b = 1;
  const side = (which, index) => {
    const line = text(index);
    return { line, inBlock: follow(states[which], line), marks: [] };
  };
  for (const piece of pieces) {
    if (typeof piece === "number") {
      rows.push({ gone: piece });
      states.old = newState();
      states.fresh = newState();
      a += piece;
      b += piece;
    } else if (Array.isArray(piece[0])) {
      const old = piece[0].map((index) => side("old", index));
      const fresh = piece[1].map((index) => side("fresh", index));
      pairUp(old, fresh);
      rows.push({ old, fresh, a, b });
      a += old.length;
      b += fresh.length;
    } else {
      for (const index of piece) {
        side("old", index);
        rows.push({ same: side("fresh", index), a, b });
        a += 1;
        b += 1;
      }
    }
  }
  return rows;
}

/** Marks the words that differ between lines that took one another's place. */
function pairUp(old, fresh) {
  partners(old.map((each) => each.line), fresh.map((each) => each.line)).forEach((partner, index) => {
    if (partner < 0) return;
    const { before, after } = changedWords(old[index].line, fresh[partner].line);
    old[index].marks = before;
    fresh[partner].marks = after;
    old[index].partner = partner;
  });
}

/** The same with {fold}, rows that are hidden, in place of those far from what is looked at: all changes, or a kind's. */
function rowsOf(index, unit) {
  const rows = linesOf(data.diffs[index][0]);
  const runs = runsOf(index);
  const isLookedAt = (row) => Boolean(row.old) && (!unit || (runs.get(row.a) || []).includes(unit.index));
  const kept = new Array(rows.length).fill(false);
  rows.forEach((row, place) => {
    if (row.gone) kept[place] = true;
    if (isLookedAt(row)) kept.fill(true, Math.max(0, place - CONTEXT), place + CONTEXT + 1);
  });
  const found = [];
  let hidden = [];
  const fold = () => {
    if (hidden.length > 2 || hidden.some((row) => row.old)) found.push({ fold: hidden });
    else found.push(...hidden);
    hidden = [];
  };
  rows.forEach((row, place) => {
    if (kept[place] && (!row.old || isLookedAt(row))) {
      fold();
      found.push(row);
    } else hidden.push(row);
  });
  fold();
  return found;
}

/** What a fold hides, in words. */
function foldLabel(rows) {
  const same = rows.filter((row) => row.same).length;
  const others = rows.reduce((sum, row) => sum + (row.old ? row.old.length + row.fresh.length : 0), 0);
  const parts = [same ? counted(same, "unchanged line") : "", others ? `${counted(others, "line")} of other kinds` : ""];
  return `⋯ ${parts.filter(Boolean).join(", ")}`;
}

/** The text of a line with its colours, and its changed words in elements of that name. */
function lineParts({ line, inBlock, marks }, mark) {
  const parts = document.createDocumentFragment();
  const cuts = new Set([0, line.length]);
  const colours = coloured(line, inBlock);
  for (const [start, end] of colours) cuts.add(start).add(end);
  for (const [start, end] of marks) cuts.add(start).add(end);
  const places = [...cuts].sort((x, y) => x - y);
  let colour = 0;
  let word = 0;
  for (let index = 0; index + 1 < places.length; index += 1) {
    const [start, end] = [places[index], places[index + 1]];
    while (colour < colours.length && colours[colour][1] <= start) colour += 1;
    while (word < marks.length && marks[word][1] <= start) word += 1;
    const piece = line.slice(start, end);
    const name = colour < colours.length && colours[colour][0] <= start ? colours[colour][2] : "";
    const shown = name ? make(`span.${name}`, null, piece) : piece;
    parts.append(mark && word < marks.length && marks[word][0] <= start ? make(mark, null, shown) : shown);
  }
  return parts;
}

const lineNumber = (kind, line) => make(`td.ln${kind}`, { "data-n": line || "" });
const lineText = (kind, sign, side, mark) => make(`td.tx${kind}`, { "data-m": sign }, lineParts(side, mark));

function unifiedRows(row) {
  if (row.same) return [make("tr", null, lineNumber("", row.a), lineNumber("", row.b), lineText("", " ", row.same))];
  return [
    ...row.old.map((side, n) => make("tr", null, lineNumber(".d", row.a + n), lineNumber(".d"), lineText(".d", "−", side, "del"))),
    ...row.fresh.map((side, n) => make("tr", null, lineNumber(".a"), lineNumber(".a", row.b + n), lineText(".a", "+", side, "ins"))),
  ];
}

function splitRows(row) {
  if (row.same) {
    return [make("tr", null, lineNumber("", row.a), lineText("", " ", row.same), lineNumber("", row.b), lineText("", " ", row.same))];
  }
  const rows = [];
  const add = (n, m) => {
    const left = n < 0 ? [make("td.ln.e"), make("td.tx.e")] : [lineNumber(".d", row.a + n), lineText(".d", "−", row.old[n], "del")];
    const right = m < 0 ? [make("td.ln.e"), make("td.tx.e")] : [lineNumber(".a", row.b + m), lineText(".a", "+", row.fresh[m], "ins")];
    rows.push(make("tr", null, ...left, ...right));
  };
  let next = 0;
  row.old.forEach((side, n) => {
    // Lines without a partner take up what there is beside them; those with one wait for it.
    if (side.partner === undefined) {
      const free = next < row.fresh.length && !row.old.slice(n + 1).some((later) => later.partner === next);
      add(n, free ? next++ : -1);
      return;
    }
    while (next < side.partner) add(-1, next++);
    add(n, next++);
  });
  while (next < row.fresh.length) add(-1, next++);
  return rows;
}

function foldRow(columns, label, open) {
  const inside = open ? make("button", { type: "button", onclick: open }, label) : label;
  return make("tr.fold", null, make("td", { colspan: columns }, inside));
}

/** The diff of that number, or only what of it is of a kind. `name` says what it is the diff of. */
function drawDiff(index, name, split, unit) {
  const columns = split ? 4 : 3;
  const draw = split ? splitRows : unifiedRows;
  const body = make("tbody");
  const waiting = rowsOf(index, unit);
  const elementsOf = (row) => {
    if (row.gone) return [foldRow(columns, `${counted(row.gone, "unchanged line")}, not in this page`)];
    if (!row.fold) return draw(row);
    const fold = foldRow(columns, foldLabel(row.fold), () => {
      const shown = row.fold.flatMap(draw);
      fold.replaceWith(...shown);
    });
    return [fold];
  };
  const fill = () => {
    let count = 0;
    while (waiting.length && count < ROWS) {
      let row = waiting.shift();
      if (row.old && row.old.length + row.fresh.length > ROWS) {
        const cut = { old: row.old.slice(0, ROWS / 2), fresh: row.fresh.slice(0, ROWS / 2), a: row.a, b: row.b };
        waiting.unshift({ old: row.old.slice(ROWS / 2), fresh: row.fresh.slice(ROWS / 2), a: row.a + cut.old.length, b: row.b + cut.fresh.length });
        for (const side of [...cut.old, ...waiting[0].old]) delete side.partner;
        row = cut;
      }
      const elements = elementsOf(row);
      body.append(...elements);
      count += elements.length;
    }
    if (waiting.length) {
      const rest = foldRow(columns, "Show more of this diff", () => {
        rest.remove();
        fill();
      });
      body.append(rest);
    }
  };
  fill();
  const heads = split ? ["Old line", "Before", "New line", "After"] : ["Old line", "New line", "Text"];
  const head = make("thead.sr", null, make("tr", null, ...heads.map((each) => make("th", { scope: "col" }, each))));
  const table = make("table", null, head, body);
  return make(split ? "div.diff.split" : "div.diff", { role: "group", tabindex: 0, "aria-label": `Diff of ${name}` }, table);
}
