// The list, a piece at a time as it is scrolled to, and what keeps it in step with filters and decisions.

const PIECE = 30;
const OPENED = 12;
const PRINTED = 200;
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
  const wanted = filters.view === "shapes" || current.items.length <= OPENED;
  const made = document.createDocumentFragment();
  while (cards.length < until) {
    const card = makeCard(current.items[cards.length], cards.length, update);
    if (wanted && !cards.length) card.open(true);
    else if (wanted) nearby.observe(card.element);
    cards.push(card);
    made.append(card.element);
  }
  list.append(made);
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
  const isList = filters.view === "shapes" || filters.view === "repositories";
  byId("filters").hidden = !isList;
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

function tell(isList) {
  const found = current.repositories.length;
  const parts = [];
  if (isList && filters.view === "shapes") {
    parts.push(`${counted(current.items.length, "shape")} in ${counted(current.repositories.filter((each) => each.shape >= 0).length, "repository", "repositories")}`);
    const others = current.repositories.filter((each) => each.shape < 0).length;
    if (others) parts.push(`${number(others)} more without a change`);
  } else if (isList) parts.push(`${number(found)} of ${counted(repositories.length, "repository", "repositories")}`);
  if (filters.shape) parts.push(`of shape ${filters.shape}`);
  byId("status").textContent = parts.join("; ");
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

/** Colours of the treemap, and how far the review is. */
function measure() {
  const counts = [0, 0, 0];
  for (const repository of repositories) if (repository.isOpen) counts[answerOf(repository)] += 1;
  const all = counts[0] + counts[1] + counts[2];
  for (const tile of document.querySelectorAll("[data-tile]")) {
    const shape = shapes.find((each) => each.id === tile.dataset.tile);
    const answer = shape ? answerOfShape(shape) : OPEN;
    for (const [value, name] of [[APPROVED, "yes"], [REJECTED, "no"], [IN_PART, "part"]]) tile.classList.toggle(name, answer === value);
    tile.querySelector("title").textContent = `${tile.dataset.words}${canDecide ? `, ${WORDS[answer]}` : ""}`;
  }
  const [yes, no] = [".progress .yes", ".progress .no"].map((each) => document.querySelector(each));
  yes.setAttribute("width", all ? (100 * counts[1]) / all : 0);
  no.setAttribute("x", all ? (100 * counts[1]) / all : 0);
  no.setAttribute("width", all ? (100 * counts[2]) / all : 0);
  const kept = isKept ? "" : "; not kept by this browser: export before you leave";
  byId("progress").textContent = `${number(counts[1])} approved, ${number(counts[2])} rejected, ${number(counts[0])} to decide${kept}`;
}

function update(item, answer) {
  const before = item.repositories ? answerOfShape(item) : answerOf(item);
  decide(item, answer === before ? OPEN : answer);
  refresh();
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

function answer(value) {
  if (chosen < 0 && cards.length) choose(0);
  const card = cards[chosen];
  if (!card || !card.element.querySelector(".acts")) return;
  decide(card.item, value);
  refresh();
  if (value !== OPEN && !filters.decision) step(1);
}

function showDecisions() {
  const { toml, count } = exported();
  byId("toml").value = toml;
  byId("decided-about").textContent = count ? `About ${counted(count, "repository", "repositories")}.` : "Nothing is decided yet. Press y to approve, n to reject.";
  byId("decided-note").textContent = "";
  byId("decided").showModal();
}

function save() {
  const link = make("a", { href: URL.createObjectURL(new Blob([byId("toml").value], { type: "application/toml" })), download: "decisions.toml" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  isExported = true;
}

async function copyText(words, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(words);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

function themes() {
  const button = byId("theme");
  const order = ["auto", "light", "dark"];
  const set = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.querySelector("span").textContent = theme;
  };
  let theme = "auto";
  try {
    theme = localStorage.getItem("migrate theme") || "auto";
  } catch {
    // then it is not remembered
  }
  set(order.includes(theme) ? theme : "auto");
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    set(theme);
    try {
      localStorage.setItem("migrate theme", theme);
    } catch {
      // as above
    }
  });
}

/** What filters look at is gathered while nothing else is done. */
function warmUp(from) {
  const later = window.requestIdleCallback || ((act) => setTimeout(act, 200));
  later(() => {
    for (const repository of repositories.slice(from, from + 250)) about(repository);
    if (from + 250 < repositories.length) warmUp(from + 250);
  });
}

function begin() {
  recall();
  themes();
  for (const rule of [...data.rules].sort()) byId("f-rule").append(make("option", null, rule));
  for (const state of data.states) byId("f-state").append(make("option", null, state));
  readAddress();
  show();
  byId("dock").hidden = !canDecide;
  byId("f-decision").parentElement.hidden = !canDecide;
  keepKeys();
  measure();
  for (const name of FIELDS) byId(`f-${name}`).addEventListener("input", (event) => change({ [name]: event.target.value }));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => change({ ...DEFAULTS, view: filters.view, diff: filters.diff }));
  // The same page in another tab, whose decisions these would overwrite.
  addEventListener("storage", (event) => {
    if (event.key !== STORE) return;
    recall();
    refresh();
  });
  addEventListener("hashchange", () => { if (readAddress()) show(); });
  listen({ step, answer, change, toggle: () => cards[chosen] && cards[chosen].open(!cards[chosen].isOpen), search: () => byId("f-q").focus() });
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("export").addEventListener("click", showDecisions);
  byId("save").addEventListener("click", save);
  byId("copy").addEventListener("click", (event) => { isExported = true; copyText(byId("toml").value, event.target); });
  byId("load").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const { used, all } = takeUp(await file.text());
    event.target.value = "";
    refresh();
    showDecisions();
    const others = used < all ? "; the others are about nothing that this page can decide" : "";
    byId("decided-note").textContent = `${number(used)} of ${counted(all, "decision")} taken up${others}.`;
  });
  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", () => {
      const sources = button.dataset.copy ? document.querySelectorAll(".needs pre") : [button.previousElementSibling];
      copyText([...sources].map((each) => each.textContent).join(""), button);
    });
  }
  addEventListener("beforeprint", () => {
    while (cards.length < Math.min(current.items.length, PRINTED)) more(PIECE);
    for (const card of cards) card.open(true);
    for (const box of list.querySelectorAll("details")) {
      box.open = true;
      box.dispatchEvent(new Event("toggle")); // its own comes after the page was printed
    }
  });
  addEventListener("beforeunload", (event) => { if (!isKept && !isExported) event.preventDefault(); });
  warmUp(0);
}

begin();
