// Which of it is looked at. All of it is in the address, so that a link shows the same.

const DEFAULTS = { view: "shapes", q: "", repository: "", rule: "", safety: "", state: "", decision: "", shape: "", diff: "unified", at: "" };
const FIELDS = ["q", "repository", "rule", "safety", "state", "decision", "diff"];
const VIEWS = ["shapes", "repositories", "needs", "rules"];
let filters = { ...DEFAULTS };

function readAddress() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return false; // a place in the page
  const given = new URLSearchParams(hash);
  const before = filters;
  filters = { ...DEFAULTS, view: shapes.length ? "shapes" : "repositories", diff: before.diff };
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

/** The repositories that the filters leave. */
function matching() {
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  const name = filters.repository.toLowerCase();
  const state = filters.state ? data.states.indexOf(filters.state) : -1;
  const rule = filters.rule ? data.rules.indexOf(filters.rule) : "";
  const safety = filters.safety ? SAFETIES.indexOf(filters.safety) : "";
  const kind = filters.rule || filters.safety ? `${rule}/${safety}` : "";
  const shape = filters.shape ? shapes.findIndex((each) => each.id === filters.shape) : -1;
  const answer = { open: OPEN, yes: APPROVED, no: REJECTED }[filters.decision];
  return repositories.filter((repository) => {
    if (filters.state && repository.state !== state) return false;
    if (filters.shape && repository.shape !== shape) return false;
    if (answer !== undefined && (!repository.isOpen || answerOf(repository) !== answer)) return false;
    if (!name && !words.length && !kind) return true;
    const known = about(repository);
    if (name && !known.name.includes(name)) return false;
    if (kind && !known.kinds.has(kind)) return false;
    return words.every((each) => known.words.includes(each));
  });
}

/** What the list shows: shapes with those of their repositories that match, or repositories. */
function listed() {
  const found = matching();
  if (filters.view !== "shapes") return { items: found.map((repository) => ({ of: repository })), repositories: found };
  const groups = new Map();
  for (const repository of found) {
    if (repository.shape < 0) continue;
    if (!groups.has(repository.shape)) groups.set(repository.shape, []);
    groups.get(repository.shape).push(repository);
  }
  const items = [...groups.keys()].sort((a, b) => a - b).map((index) => ({ of: shapes[index], matching: groups.get(index) }));
  return { items, repositories: found };
}
