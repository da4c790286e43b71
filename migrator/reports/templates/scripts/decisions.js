// What a person decided: by kind, and by repository, which wins. Kept in this browser where it can keep anything.

const OPEN = 0;
const APPROVED = 1;
const REJECTED = 2;
const IN_PART = 3;
const WORDS = ["to decide", "approved", "rejected", "decided in part"];
const STORE = `migrate review ${data.key}`;
const TRIED = "migrate review";

/** {answer, reason} by the id of a kind, and by name and kinds of a repository: about another change they say nothing. */
let decided = { units: {}, repositories: {} };
let isKept = true;
let isExported = true;
/** What was decided in this tab, in order: the items themselves. */
const lately = [];

function nameOf(repository) {
  repository.key ??= [repository.name, ...repository.units.map((unit) => units[unit].id)].join("\n");
  return repository.key;
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) || "null");
    if (kept && kept.units && kept.repositories) decided = kept;
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

/** The answer about one kind of change in one repository. */
function answerIn(repository, unit) {
  if (!repository.isOpen) return OPEN;
  const own = decided.repositories[nameOf(repository)] ?? decided.units[unit.id];
  if (own) return own.answer;
  // What was said of it before this page was made.
  return repository.said[repository.units.indexOf(unit.index)] || repository.answer;
}

/** A repository is rejected where one of its kinds is, and approved where all of them are. */
function answerOf(repository) {
  if (!repository.isOpen) return OPEN;
  const own = decided.repositories[nameOf(repository)];
  if (own) return own.answer;
  if (!repository.units.length) return repository.answer;
  let answer = APPROVED;
  for (const unit of repository.units) {
    const one = answerIn(repository, units[unit]);
    if (one === REJECTED) return REJECTED;
    if (one === OPEN) answer = OPEN;
  }
  return answer;
}

function answerOfUnit(unit) {
  let first = null;
  for (const repository of unit.repositories) {
    if (!repository.isOpen) continue;
    const answer = answerIn(repository, unit);
    if (first !== null && answer !== first) return IN_PART;
    first = answer;
  }
  return first ?? OPEN;
}

const isUnit = (item) => Boolean(item.repositories);
const answerOfItem = (item) => (isUnit(item) ? answerOfUnit(item) : answerOf(item));
const canDecideItem = (item) => (isUnit(item) ? item.repositories.some((each) => each.isOpen) : item.isOpen);

/** Whether a repository waits for an answer to a kind; one that another kind rejected waits for none. */
const waitsFor = (repository, unit) => repository.isOpen && answerIn(repository, unit) === OPEN && answerOf(repository) === OPEN;

/** Whether a person still has to decide something about it. */
function isLeft(item) {
  if (!isUnit(item)) return item.isOpen && answerOf(item) === OPEN;
  return item.repositories.some((each) => waitsFor(each, item));
}

const ownDecision = (item) => (isUnit(item) ? decided.units[item.id] : decided.repositories[nameOf(item)]);

/** Decide about a kind, with all its repositories, or about one repository. `OPEN` takes a decision back. */
function decide(item, answer, reason = "") {
  if (!canDecideItem(item)) return;
  const [table, key] = isUnit(item) ? [decided.units, item.id] : [decided.repositories, nameOf(item)];
  if (isUnit(item)) for (const repository of item.repositories) delete decided.repositories[nameOf(repository)];
  delete table[key];
  const at = lately.indexOf(item);
  if (at >= 0) lately.splice(at, 1);
  if (answer !== OPEN) {
    table[key] = reason ? { answer, reason } : { answer };
    lately.push(item);
  }
  keep();
}

/** Why it was rejected, in the words of whoever did. */
function giveReason(item, reason) {
  const own = ownDecision(item);
  if (!own || own.answer !== REJECTED) return;
  if (reason.trim()) own.reason = reason.trim();
  else delete own.reason;
  keep();
}

/** The reasons given so far, to choose from. */
function reasons() {
  const all = [...Object.values(decided.units), ...Object.values(decided.repositories)];
  return [...new Set(all.map((each) => each.reason).filter(Boolean))].sort();
}

/** How many repositories are open, approved, rejected. */
function countAnswers(some) {
  const counts = [0, 0, 0];
  for (const repository of some) if (repository.isOpen) counts[answerOf(repository)] += 1;
  return counts;
}
