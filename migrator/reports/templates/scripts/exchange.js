// Decisions as a file: written for `--decisions` or `--replay`, and taken up again.

const word = (answer) => (answer === APPROVED ? "apply" : "skip");
const blockOf = (names, { answer, reason }) => block(names, word(answer), reason, data.seen);

/** The decisions as TOML, and how many repositories they are about. */
function exported() {
  const parts = [];
  let count = 0;
  if (data.campaign) {
    for (const unit of units) if (decided.units[unit.id]) parts.push(blockOf({ kind: unit.id }, decided.units[unit.id]));
  }
  for (const repository of repositories) {
    if (!repository.isOpen) continue;
    const own = decided.repositories[nameOf(repository)];
    const some = repository.units.map((unit) => decided.units[units[unit].id]).filter(Boolean);
    if (!own && !some.length) continue;
    count += 1;
    if (!data.campaign) parts.push(...blocksOfFindings(repository, own, some));
    else if (own) parts.push(blockOf({ repository: repository.name, change: repository.change }, own));
  }
  return { toml: parts.join(""), count };
}

/** In a run over files a decision is about findings: those that the diff fixes, and no others. */
function blocksOfFindings(repository, own, some) {
  const refused = some.find((each) => each.answer === REJECTED);
  const decision = own ?? refused ?? (some.length === repository.units.length ? some[0] : null);
  if (!decision) return [];
  return placesOf(repository).filter((place) => place.fingerprint).map((place) => blockOf(place, decision));
}

/** What the decisions about the findings of a diff may name. */
function placesOf(repository) {
  const about = data.campaign ? { repository: repository.name, change: repository.change } : {};
  return filesOf(repository).flatMap((file) =>
    (file.diff < 0 ? [] : file.rows.map(readFinding)).filter((finding) => finding.applied).map((finding) => ({
      ...about, path: data.campaign ? file.path : file.decidedAs, rule: data.rules[finding.rule], fingerprint: finding.fingerprint,
    })),
  );
}

/**
 * Take up a file of decisions; returns how many of them were, and how many there are. As `--decisions` reads it, one is about
 * every finding that has all of its names, or about a kind, and the last one wins; a repository is approved where all are.
 */
function takeUp(toml) {
  const tables = readTables(toml);
  const whole = tables.filter((table) => table.isWhole);
  const used = new Set([...takeUpKinds(whole), ...takeUpRepositories(whole.filter((table) => table.names.kind === undefined))]);
  keep();
  return { used: used.size, all: tables.length };
}

/** Decisions about kinds, which only campaigns have. */
function takeUpKinds(tables) {
  const ids = new Map(units.flatMap((unit) => [[unit.name, unit.id], [unit.id, unit.id]]));
  const used = data.campaign ? tables.filter((table) => ids.has(table.names.kind) && Object.keys(table.names).length === 1) : [];
  for (const table of used) {
    delete decided.units[ids.get(table.names.kind)];
    if (table.answer !== "open") decided.units[ids.get(table.names.kind)] = decisionOf(table);
  }
  return used;
}

function takeUpRepositories(tables) {
  const found = tablesBy(tables);
  const used = [];
  for (const repository of repositories) {
    if (!repository.isOpen) continue;
    const last = placesOf(repository).map((place) => found(place));
    const skip = last.find((table) => table && table.answer === "skip");
    if (!last.length || !(skip || last.every((table) => table && table.answer === "apply"))) continue;
    used.push(...last.filter(Boolean));
    decided.repositories[nameOf(repository)] = decisionOf(skip || last[0]);
  }
  return used;
}

function decisionOf({ answer, reason }) {
  return { answer: answer === "skip" ? REJECTED : APPROVED, ...(reason ? { reason } : {}) };
}

/** The last table about a place; thousands are looked up by the rarest of their names. */
function tablesBy(tables) {
  const rarest = ["fingerprint", "change", "repository", "path", "rule"];
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
