// The data of the page, as `html_data.py` writes it.

const data = JSON.parse(byId("data").textContent);
const text = (index) => data.texts[index];
const SAFETIES = ["safe", "review", "manual"];

function readFinding(row) {
  const [rule, line, safety, applied, message, fingerprint, warnings, why] = row;
  return {
    rule, line, safety, applied: Boolean(applied), message: text(message || 0), fingerprint: fingerprint || "",
    warnings: (warnings || []).map(text), why: text(why || 0),
  };
}

function readFile(row) {
  const [path, status, reason, diff, link, decidedAs, findings] = row;
  return { path: text(path), status, reason: text(reason), diff, link: text(link), decidedAs: text(decidedAs), rows: findings };
}

const repositories = data.repositories.map((row, index) => ({
  index, row, name: text(row[0]), units: row[1], state: row[2], message: text(row[3]), link: text(row[4]),
  answer: row[5], isOpen: Boolean(row[6]), owners: row[8], topics: row[9], host: row[10], reason: text(row[11]), change: row[12], said: row[13] || [],
  files: null, about: null,
}));

/** The files of a repository, read when they are first asked for. */
function filesOf(repository) {
  repository.files ??= repository.row[7].map(readFile);
  return repository.files;
}

/** What is decided about at once. `facts` are what some of its repositories have: {words, count, members}. */
const units = data.units.map(([id, name, sample, rules, facts], index) => ({
  index, id, name: text(name), sample, rules, repositories: [], size: null,
  facts: facts.map(([words, members]) => ({ words: text(words), members })),
}));
for (const repository of repositories) for (const unit of repository.units) units[unit].repositories.push(repository);

/** The kinds of each run of changed lines of a diff, by the line before that it begins at. */
function runsOf(diff) {
  return new Map(data.diffs[diff][4].map(([line, ...kinds]) => [line, kinds]));
}

/** How many lines a kind adds and removes in its sample, or a repository in all its files: {added, removed}. */
function sizeOf(repository, unit) {
  const size = { added: 0, removed: 0 };
  for (const [, , , diff] of repository.row[7]) {
    if (diff < 0) continue;
    const runs = runsOf(diff);
    let line = 1;
    for (const piece of data.diffs[diff][0]) {
      const isRun = Array.isArray(piece) && Array.isArray(piece[0]);
      if (isRun && (!unit || (runs.get(line) || []).includes(unit.index))) {
        size.added += piece[1].length;
        size.removed += piece[0].length;
      }
      line += isRun ? piece[0].length : typeof piece === "number" ? piece : piece.length;
    }
  }
  return size;
}

function sizeOfUnit(unit) {
  unit.size ??= sizeOf(repositories[unit.sample], unit);
  return unit.size;
}

/** What a repository is found by: kinds of findings as rule and safety, and words. Made when it is first asked for. */
function about(repository) {
  if (repository.about) return repository.about;
  const kinds = new Set();
  const words = [repository.name, repository.message];
  for (const [path, , reason, diff, , , rows] of repository.row[7]) {
    words.push(text(path), text(reason));
    for (const row of rows) {
      kinds.add(`${row[0]}/`).add(`/${row[2]}`).add(`${row[0]}/${row[2]}`);
      words.push(data.rules[row[0]], text(row[4] || 0));
    }
    if (diff >= 0) for (const each of data.diffs[diff][1]) words.push(text(each));
  }
  repository.about = { kinds, words: words.join("\n").toLowerCase(), name: repository.name.toLowerCase() };
  return repository.about;
}
