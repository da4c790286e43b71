// What a person decided: by shape, and by repository, which wins. Kept in this browser where it can keep anything.

const OPEN = 0;
const APPROVED = 1;
const REJECTED = 2;
const IN_PART = 3;
const WORDS = ["to decide", "approved", "rejected", "decided in part"];
const STORE = `migrate review ${data.key}`;
const TRIED = "migrate review";

/** Decisions by the id of a shape, and by name and shape of a repository: about another change they say nothing. */
let decided = { shapes: {}, repositories: {} };
let isKept = true;
let isExported = true;

const nameOf = (repository) => `${repository.name}\n${shapes[repository.shape].id}`;

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) || "null");
    if (kept && kept.shapes && kept.repositories) decided = kept;
    // Whether it keeps anything is tried elsewhere: a browser that is slow to read would lose what it has.
    localStorage.setItem(TRIED, "1");
    localStorage.removeItem(TRIED);
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

const word = (answer) => (answer === APPROVED ? "apply" : "skip");

/** The decisions as TOML, and how many repositories they are about. */
function exported() {
  const parts = [];
  let count = 0;
  if (data.campaign) {
    for (const shape of shapes) if (decided.shapes[shape.id]) parts.push(block({ shape: shape.id }, word(decided.shapes[shape.id])));
  }
  for (const repository of repositories) {
    if (!repository.isOpen) continue;
    const own = decided.repositories[nameOf(repository)];
    const answer = own ?? decided.shapes[shapes[repository.shape].id];
    if (!answer) continue;
    count += 1;
    if (!data.campaign) parts.push(...blocksOfFindings(repository, answer));
    else if (own) parts.push(block({ repository: repository.name, shape: shapes[repository.shape].id }, word(own)));
  }
  return { toml: parts.join(""), count };
}

/** In a run over files a decision is about findings: those that the diff fixes, and no others. */
function blocksOfFindings(repository, answer) {
  const found = [];
  for (const file of repository.files) {
    if (file.diff < 0) continue;
    for (const finding of file.rows.map(readFinding)) {
      if (finding.applied && finding.fingerprint) {
        found.push(block({ path: file.decidedAs, rule: data.rules[finding.rule], fingerprint: finding.fingerprint }, word(answer)));
      }
    }
  }
  return found;
}

/**
 * Take up a file of decisions; returns how many of them were, and how many there are. As in `migrator/results/decisions.py` one
 * is about every finding that has all of its names, and the last one wins; a repository is approved where all findings are.
 */
function takeUp(toml) {
  const tables = readTables(toml);
  const found = tablesBy(tables.filter((table) => table.isWhole));
  const used = new Set();
  for (const repository of repositories) {
    if (!repository.isOpen) continue;
    const last = placesOf(repository).map((place) => found(place));
    const skip = last.find((table) => table && table.answer === "skip");
    if (!last.length || !(skip || last.every((table) => table && table.answer === "apply"))) continue;
    for (const table of last) if (table) used.add(table);
    const answer = skip ? REJECTED : APPROVED;
    const shape = shapes[repository.shape].id;
    delete decided.repositories[nameOf(repository)];
    if (last.every((table) => table && Object.keys(table.names).join() === "shape")) decided.shapes[shape] = answer;
    else decided.repositories[nameOf(repository)] = answer;
  }
  keep();
  return { used: used.size, all: tables.length };
}

/** What the decisions about the findings of a diff may name. */
function placesOf(repository) {
  const about = data.campaign ? { repository: repository.name, shape: shapes[repository.shape].id } : {};
  return repository.files.flatMap((file) =>
    (file.diff < 0 ? [] : file.rows.map(readFinding)).filter((finding) => finding.applied).map((finding) => ({
      ...about, path: data.campaign ? file.path : file.decidedAs, rule: data.rules[finding.rule], fingerprint: finding.fingerprint,
    })),
  );
}

/** The last table about a place; thousands are looked up by the rarest of their names. */
function tablesBy(tables) {
  const rarest = ["fingerprint", "repository", "shape", "path", "rule"];
  const known = new Map();
  tables.forEach((table, order) => {
    const name = rarest.find((each) => table.names[each] !== undefined);
    const key = `${name}\n${table.names[name]}`;
    if (!known.has(key)) known.set(key, []);
    known.get(key).push({ table, order });
  });
  return (place) => {
    let last = { table: null, order: -1 };
    for (const name of rarest) {
      for (const each of known.get(`${name}\n${place[name]}`) || []) {
        const isAbout = Object.entries(each.table.names).every(([key, value]) => place[key] === value);
        if (isAbout && each.order > last.order) last = each;
      }
    }
    return last.table;
  };
}
