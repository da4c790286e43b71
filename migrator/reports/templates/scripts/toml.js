// Decisions as TOML: as `migrator/results/decisions.py` writes and reads them, also where a person wrote them.

const TABLE = /^\s*\[\[\s*decision\s*\]\]\s*(?:#.*)?$/;
const TEXT = /^\s*"?(\w+)"?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?$/;
const SEEN = /^\s*seen\s*=\s*\d+\s*(?:#.*)?$/;
const ESCAPE = /\\(?:U([\da-f]{8})|u([\da-f]{4})|(.))/gi;
const ESCAPED = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\x1b" };

const quoted = (value) => `"${value.replace(/[\\"]/g, "\\$&").replace(/[^ -\u{10ffff}]|\u007f/gu, (c) => `\\U${c.codePointAt(0).toString(16).padStart(8, "0")}`)}"`;

function unquoted(value) {
  return value.replace(ESCAPE, (_, long, short, other) => {
    const code = long || short;
    return code ? String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff)) : ESCAPED[other] ?? other;
  });
}

function block(names, answer, reason, seen) {
  const lines = Object.entries({ ...names, reason }).filter(([, value]) => value).map(([key, value]) => `${key} = ${quoted(value)}\n`);
  if (seen) lines.push(`seen = ${seen}\n`);
  return `[[decision]]\n${lines.join("")}answer = "${answer}"\n\n`;
}

/** The tables of a file, in order: {names, answer, reason, isWhole}. One with more than texts, as values of a fix, is not whole. */
function readTables(toml) {
  const tables = [];
  for (const line of toml.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const table = tables[tables.length - 1];
    const [, key, double, single] = line.match(TEXT) || [];
    if (SEEN.test(line)) continue;
    if (TABLE.test(line)) tables.push({ names: {}, answer: "", reason: "", isWhole: true });
    else if (!table || /^\s*(?:#.*)?$/.test(line)) continue;
    else if (!key) table.isWhole = false;
    else if (key === "answer" || key === "reason") table[key] = single ?? unquoted(double);
    else table.names[key] = single ?? unquoted(double);
  }
  return tables;
}
