// What a person decided: by shape, and by repository, which wins. Kept in this browser where it can keep anything.

const OPEN = 0;
const APPROVED = 1;
const REJECTED = 2;
const IN_PART = 3;
const WORDS = ["to decide", "approved", "rejected", "decided in part"];
const STORE = `migrate review ${data.key}`;

/** Decisions by the id of a shape, and by name and shape of a repository: about another change they say nothing. */
let decided = { shapes: {}, repositories: {} };
let isKept = true;
let isExported = true;

const nameOf = (repository) => `${repository.name}\n${shapes[repository.shape].id}`;

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) || "null");
    if (kept && kept.shapes && kept.repositories) decided = kept;
    localStorage.setItem(STORE, JSON.stringify(decided));
  } catch {
    isKept = false;
  }
}

function keep() {
  isExported = false;
  try {
    localStorage.setItem(STORE, JSON.stringify(decided));
  } catch {
    isKept = false;
  }
}

function answerOf(repository) {
  if (!repository.isOpen) return OPEN;
  const own = decided.repositories[nameOf(repository)];
  return own ?? decided.shapes[shapes[repository.shape].id] ?? repository.answer;
}

function answerOfShape(shape) {
  const open = shape.repositories.filter((each) => each.isOpen);
  if (!open.length) return OPEN;
  const first = answerOf(open[0]);
  return open.every((each) => answerOf(each) === first) ? first : IN_PART;
}

/** Decide about a shape, with all its repositories, or about one repository. `OPEN` takes a decision back. */
function decide(item, answer) {
  if (item.repositories) {
    for (const repository of item.repositories) delete decided.repositories[nameOf(repository)];
    if (answer === OPEN) delete decided.shapes[item.id];
    else decided.shapes[item.id] = answer;
  } else if (item.isOpen) {
    if (answer === OPEN) delete decided.repositories[nameOf(item)];
    else decided.repositories[nameOf(item)] = answer;
  }
  keep();
}

const quoted = (value) => `"${value.replace(/[\\"]/g, "\\$&").replace(/[^ -\u{10ffff}]|\u007f/gu, (c) => `\\U${c.codePointAt(0).toString(16).padStart(8, "0")}`)}"`;
const word = (answer) => (answer === APPROVED ? "apply" : "skip");

function block(names, answer) {
  const lines = Object.entries(names).filter(([, value]) => value).map(([key, value]) => `${key} = ${quoted(value)}\n`);
  return `[[decision]]\n${lines.join("")}answer = "${word(answer)}"\n\n`;
}

/** The decisions as TOML, and how many repositories they are about. */
function exported() {
  const parts = [];
  let count = 0;
  if (data.campaign) {
    for (const shape of shapes) if (decided.shapes[shape.id]) parts.push(block({ shape: shape.id }, decided.shapes[shape.id]));
  }
  for (const repository of repositories) {
    if (!repository.isOpen) continue;
    const own = decided.repositories[nameOf(repository)];
    const answer = own ?? decided.shapes[shapes[repository.shape].id];
    if (!answer) continue;
    count += 1;
    if (!data.campaign) parts.push(...blocksOfFindings(repository, answer));
    else if (own) parts.push(block({ repository: repository.name, shape: shapes[repository.shape].id }, own));
  }
  return { toml: parts.join(""), count };
}

/** In a run over files a decision is about findings: those that the diff mends, and no others. */
function blocksOfFindings(repository, answer) {
  const found = [];
  for (const file of repository.files) {
    if (file.diff < 0) continue;
    for (const finding of file.rows.map(readFinding)) {
      if (finding.applied && finding.fingerprint) {
        found.push(block({ path: file.decidedAs, rule: data.rules[finding.rule], fingerprint: finding.fingerprint }, answer));
      }
    }
  }
  return found;
}

/** Take up a file of decisions; returns how many of them are about something here. */
function takeUp(toml) {
  const answers = new Map();
  let used = 0;
  for (const part of toml.split(/^\[\[decision\]\]\s*$/m).slice(1)) {
    const names = {};
    for (const [, key, value] of part.matchAll(/^(\w+) = "((?:[^"\\]|\\.)*)"\s*$/gm)) {
      names[key] = value.replace(/\\U([0-9a-f]{8})|\\(.)/gi, (_, code, other) => (code ? String.fromCodePoint(parseInt(code, 16)) : other));
    }
    const answer = { apply: APPROVED, skip: REJECTED }[names.answer];
    if (!answer) continue;
    if (names.fingerprint) answers.set(`${names.path || ""}\n${names.fingerprint}`, answer);
    for (const shape of names.fingerprint ? [] : shapes) {
      if (names.shape && names.shape !== shape.id) continue;
      if (names.shape && !names.repository) {
        decided.shapes[shape.id] = answer;
        used += 1;
      }
      for (const repository of names.repository ? shape.repositories : []) {
        if (repository.name === names.repository && repository.isOpen) {
          decided.repositories[nameOf(repository)] = answer;
          used += 1;
        }
      }
    }
  }
  for (const repository of answers.size ? repositories : []) used += takeUpFindings(repository, answers);
  keep();
  return used;
}

function takeUpFindings(repository, answers) {
  const found = [];
  for (const file of repository.files) {
    for (const finding of file.diff < 0 ? [] : file.rows.map(readFinding)) {
      if (finding.applied) found.push(answers.get(`${file.decidedAs}\n${finding.fingerprint}`));
    }
  }
  const answer = found.includes(REJECTED) ? REJECTED : found.length && found.every(Boolean) ? APPROVED : OPEN;
  if (!answer || !repository.isOpen) return 0;
  decided.repositories[nameOf(repository)] = answer;
  return 1;
}
