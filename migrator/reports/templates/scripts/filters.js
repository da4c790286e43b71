// Which of it is looked at. All of it is in the address, so that a link shows the same.

const DEFAULTS = {
  view: "kinds", q: "", repository: "", rule: "", safety: "", state: "", owner: "", topic: "", host: "", decision: "",
  kind: "", fact: "", sort: "", group: "", diff: "unified", at: "",
};
const FIELDS = ["q", "repository", "rule", "safety", "state", "owner", "topic", "host", "decision", "sort", "group", "diff"];
/** What changes how the list is shown, and not what is in it. */
const LOOKS = ["view", "sort", "group", "diff", "at"];
const VIEWS = ["kinds", "repositories", "needs", "inventory", "rules"];
let filters = { ...DEFAULTS };

function readAddress() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return false; // a place in the page
  const given = new URLSearchParams(hash);
  const before = filters;
  filters = { ...DEFAULTS, view: units.length ? "kinds" : "repositories", diff: before.diff };
  for (const key of Object.keys(DEFAULTS)) if (given.has(key)) filters[key] = given.get(key);
  if (!VIEWS.includes(filters.view)) filters.view = "repositories";
  return true;
}

let addressTimer = 0;

function writeAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    const changed = Object.entries(filters).filter(([key, value]) => value && (key === "view" || value !== DEFAULTS[key]));
    try {
      history.replaceState(null, "", `#${new URLSearchParams(changed)}`);
    } catch {
      // Some browsers refuse it for local files, or when it happens too often.
    }
  }, 120);
}

function addressWith(changes) {
  return `#${new URLSearchParams(Object.entries(changes).filter(([, value]) => value))}`;
}

const isFiltered = () => Object.keys(DEFAULTS).some((key) => !LOOKS.includes(key) && filters[key]);
const wantedAnswer = () => ({ open: OPEN, yes: APPROVED, no: REJECTED })[filters.decision];

/** The members of the fact that is filtered by, `id of a kind/number`; nothing where none is. */
function membersOfFact() {
  if (!filters.fact) return null;
  const [id, place] = filters.fact.split("/");
  const unit = units.find((each) => each.id === id);
  return new Set(unit && unit.facts[place] ? unit.facts[place].members : []);
}

/** One test for each filter that is set: whether a repository passes it. */
function tests() {
  const found = [];
  const indexIn = (name, values) => (filters[name] ? values.indexOf(filters[name]) : null);
  const add = (value, test) => { if (value !== null) found.push((repository) => test(repository, value)); };
  add(indexIn("state", data.states), (repository, state) => repository.state === state);
  add(indexIn("host", data.hosts), (repository, host) => repository.host === host);
  add(indexIn("owner", data.owners), (repository, owner) => repository.owners.includes(owner));
  add(indexIn("topic", data.topics), (repository, topic) => repository.topics.includes(topic));
  add(filters.kind ? units.findIndex((each) => each.id === filters.kind) : null, (repository, unit) => repository.units.includes(unit));
  add(membersOfFact(), (repository, members) => members.has(repository.index));
  // In the list of kinds a repository may be decided about one of them and not about another.
  const answer = wantedAnswer();
  if (answer !== undefined) found.push((repository) => repository.isOpen && (filters.view === "kinds" || answerOf(repository) === answer));
  add(filters.repository.toLowerCase() || null, (repository, name) => about(repository).name.includes(name));
  const rule = filters.rule ? data.rules.indexOf(filters.rule) : "";
  const safety = filters.safety ? SAFETIES.indexOf(filters.safety) : "";
  add(filters.rule || filters.safety ? `${rule}/${safety}` : null, (repository, kind) => about(repository).kinds.has(kind));
  for (const one of filters.q.toLowerCase().split(/\s+/).filter(Boolean)) add(one, (repository) => about(repository).words.includes(one));
  return found;
}

/** The repositories that the filters leave. */
function matching() {
  const all = tests();
  return all.length ? repositories.filter((repository) => all.every((test) => test(repository))) : repositories;
}
