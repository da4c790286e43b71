// The list, a piece at a time as it is scrolled to, and what keeps it in step with filters and decisions.

const PIECE = 30;
const OPENED = 12;
const AHEAD = 1200;
let current = { items: [], repositories: [] };
let cards = [];
let chosen = -1;
const list = byId("list");
const canDecide = repositories.some((repository) => repository.isOpen);

/** Opens cards when they come near what is seen, so that a filter need not draw what nobody looks at. */
const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    nearby.unobserve(entry.target);
    const card = cards.find((each) => each.element === entry.target);
    if (card && !card.wasOpen) card.open(true);
  }
}, { rootMargin: "0px 0px 500px" });

function more(count) {
  const until = Math.min(cards.length + count, current.items.length);
  const wanted = filters.view === "kinds" || current.items.length <= OPENED;
  const made = document.createDocumentFragment();
  while (cards.length < until) {
    const item = current.items[cards.length];
    if (item.heading !== (cards.length ? current.items[cards.length - 1].heading : "")) made.append(headingOf(item));
    const card = makeCard(item, cards.length, update);
    if (wanted && !cards.length) card.open(true);
    else if (wanted) nearby.observe(card.element);
    cards.push(card);
    made.append(card.element);
  }
  list.append(made);
}

function headingOf({ heading, inGroup }) {
  const left = countAnswers(inGroup)[OPEN];
  const about = counted(inGroup.length, "repository", "repositories") + (canDecide ? `, ${number(left)} to decide` : "");
  return make("h2.heading", null, heading, " ", make("span", null, about));
}

const further = new IntersectionObserver(fill, { rootMargin: `${AHEAD}px` });

/** Draws on until the list reaches beyond what is seen. */
function fill() {
  const before = cards.length;
  while (cards.length < current.items.length && byId("more").getBoundingClientRect().top < innerHeight + AHEAD) more(PIECE);
  if (cards.length > before) look();
}

/** Has the end of the list looked at anew: who scrolls fast comes back to it before the observer saw it leave. */
function look() {
  further.unobserve(byId("more"));
  further.observe(byId("more"));
}

function show() {
  document.body.dataset.view = filters.view;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.dataset.view === filters.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const isList = filters.view === "kinds" || filters.view === "repositories";
  byId("filters").hidden = !isList;
  byId("list-title").hidden = !isList;
  showSorts();
  for (const name of FIELDS) if (byId(`f-${name}`).value !== filters[name]) byId(`f-${name}`).value = filters[name];
  nearby.disconnect();
  cards = [];
  chosen = -1;
  list.replaceChildren();
  current = isList ? listed() : { items: [], repositories: [] };
  if (isList) more(PIECE);
  look();
  tell(isList);
  if (filters.view === "rules" && filters.at) {
    const rule = [...document.querySelectorAll(".rule")].find((each) => each.dataset.rule === filters.at);
    if (rule) {
      rule.scrollIntoView();
      rule.focus({ preventScroll: true });
    }
  }
}

/** What there is to sort by has other words for kinds than for repositories. */
function showSorts() {
  const isKinds = filters.view === "kinds" ? 1 : 0;
  const box = byId("f-sort");
  if (box.dataset.of === String(isKinds)) return;
  box.dataset.of = isKinds;
  box.replaceChildren(...Object.entries(SORTS).map(([value, words]) => make("option", { value }, words[isKinds])));
}

function tell(isList) {
  const parts = [];
  const found = current.repositories;
  if (isList && filters.view === "kinds") {
    const kinds = new Set(current.items.map((each) => each.of)).size;
    parts.push(`${counted(kinds, "kind")} in ${counted(found.filter((each) => each.units.length).length, "repository", "repositories")}`);
    const others = found.filter((each) => !each.units.length).length;
    if (others) parts.push(`${number(others)} more without a change`);
  } else if (isList) parts.push(`${number(found.length)} of ${counted(repositories.length, "repository", "repositories")}`);
  if (filters.kind && isList) {
    const unit = units.find((each) => each.id === filters.kind);
    parts.push(`only ${unit ? unit.name : filters.kind}`);
  }
  byId("status").textContent = parts.join("; ");
  byId("clear").hidden = !isFiltered();
}

function change(changes) {
  filters = { ...filters, ...changes };
  writeAddress();
  if (Object.keys(changes).every((name) => name === "diff")) redraw();
  else show();
}

/** Another way to draw diffs: whoever reads one stays at it. */
function redraw() {
  byId("f-diff").value = filters.diff;
  for (const card of cards) card.redraw();
}

/** After a decision: what the filter no longer leaves goes, and the next one takes its place. */
function refresh() {
  if (filters.decision) {
    const place = chosen;
    const count = cards.length;
    show();
    if (cards.length < count) more(count - cards.length);
    if (place >= 0) choose(Math.min(place, current.items.length - 1));
  } else for (const card of cards) card.refresh();
  measure();
}

function choose(place) {
  if (place < 0 || place >= current.items.length) return;
  while (cards.length <= place) more(PIECE);
  if (cards[chosen]) cards[chosen].element.classList.remove("current");
  chosen = place;
  const card = cards[chosen];
  card.open(true);
  card.element.classList.add("current");
  card.element.focus({ preventScroll: true });
  card.element.scrollIntoView({ block: "start" });
}

function step(by) {
  choose(chosen < 0 ? (by > 0 ? 0 : -1) : chosen + by);
}
