// In which order the list is, and under which headings.

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.index - b.index);
const leftIn = (unit) => unit.repositories.reduce((sum, each) => sum + (waitsFor(each, unit) ? 1 : 0), 0);
/** The worst safety of what a repository has found, warnings above it: what to look at first. */
const worstOf = (repository) => repository.row[7].reduce((worst, file) => file[6].reduce((most, row) => Math.max(most, row[2] + ((row[6] || []).length ? 3 : 0)), worst), 0);
const worstOfUnit = (unit) => unit.repositories.reduce((worst, each) => Math.max(worst, worstOf(each)), 0);

/** What the list can be sorted by: words, what a kind is sorted by, and a repository; the greatest first. */
const SORTS = {
  "": ["as planned", "largest first", null, null],
  left: ["to decide first", "most to decide first", leftIn, (each) => Number(isLeft(each))],
  risk: ["warnings first", "warnings first", worstOfUnit, worstOf],
  findings: ["most findings", "most lines", (unit) => sizeOfUnit(unit).added + sizeOfUnit(unit).removed, (each) => each.row[7].reduce((sum, file) => sum + file[6].length, 0)],
  name: ["by name", "by name", null, null],
};

function sorted(items, name, key) {
  if (name === "name") return [...items].sort(byName);
  if (!key) return items;
  const keys = new Map(items.map((each) => [each, key(each)]));
  return [...items].sort((a, b) => keys.get(b) - keys.get(a) || a.index - b.index);
}

/** What the list can be grouped by: words, and under which headings a repository is. */
const GROUPS = {
  owner: ["owner", (each) => each.owners.map((index) => data.owners[index]), "no owner", data.owners],
  topic: ["topic", (each) => each.topics.map((index) => data.topics[index]), "no topic", data.topics],
  host: ["host", (each) => [data.hosts[each.host]], "", data.hosts],
  state: ["state", (each) => [data.states[each.state]], "", data.states],
};

/** Whether the page knows enough to group by it. */
const isKnown = (name) => GROUPS[name][3].filter(Boolean).length > (name === "owner" || name === "topic" ? 0 : 1);

/** Repositories by heading, the largest group first and those without one last. */
function grouped(some, name) {
  const [, headings, without] = GROUPS[name];
  const groups = new Map();
  for (const repository of some) {
    const under = headings(repository);
    for (const heading of under.length ? under : [without]) {
      if (!groups.has(heading)) groups.set(heading, []);
      groups.get(heading).push(repository);
    }
  }
  return [...groups].sort(([a, some], [b, others]) => (a === without) - (b === without) || others.length - some.length || (a < b ? -1 : 1));
}

/** What the list shows: {of, matching, heading}, and the repositories that the filters leave. */
function listed() {
  const found = matching();
  const groups = GROUPS[filters.group] ? grouped(found, filters.group) : [["", found]];
  const items = groups.flatMap(([heading, some]) => itemsOf(some).map((item) => ({ ...item, heading, inGroup: some })));
  return { items, repositories: found };
}

function itemsOf(some) {
  const [, , ofUnit, ofRepository] = SORTS[filters.sort] || SORTS[""];
  if (filters.view !== "kinds") return sorted(some, filters.sort, ofRepository).map((repository) => ({ of: repository }));
  const answer = wantedAnswer();
  const only = filters.kind || (filters.fact && filters.fact.split("/")[0]);
  const members = new Map();
  for (const repository of some) {
    for (const index of repository.units) {
      if (only && units[index].id !== only) continue;
      const isMeant = answer === OPEN ? waitsFor(repository, units[index]) : answerIn(repository, units[index]) === answer;
      if (answer !== undefined && !isMeant) continue;
      if (!members.has(index)) members.set(index, []);
      members.get(index).push(repository);
    }
  }
  const kinds = [...members.keys()].sort((a, b) => a - b).map((index) => units[index]);
  return sorted(kinds, filters.sort, ofUnit).map((unit) => ({ of: unit, matching: members.get(unit.index) }));
}
