// The keyboard: one key, one thing; the same keys as in reviews on a terminal. Nothing happens while somebody types, or
// with a modifier key pressed.

const KEYS_OFF = "migrate keys off";
const KEYS = [
  ["j", "next", () => step(1)],
  ["k", "previous", () => step(-1)],
  ["y", "approve, and on to the next undecided", () => answer(APPROVED)],
  ["n", "reject, and on to the next undecided", () => answer(REJECTED)],
  ["e", "reject, and explain why", rejectWithReason],
  ["u", "undo the decision here", () => answer(OPEN)],
  ["b", "take back the last decision and go there", goBack],
  [".", "next undecided", () => nextUndecided(false)],
  ["l", "what is left: only what is to decide, or all", () => change({ decision: filters.decision === "open" ? "" : "open" })],
  ["o", "open or close", () => cards[chosen] && cards[chosen].open(!cards[chosen].isOpen)],
  ["m", "more: another repository of this kind", () => cards[chosen] && cards[chosen].another()],
  ["r", "the repositories of this kind", () => cards[chosen] && isUnit(cards[chosen].item) && change({ view: "repositories", kind: cards[chosen].item.id })],
  ["w", "why: the page of its rule", showRule],
  ["v", "diffs side by side or unified", () => change({ diff: filters.diff === "split" ? "unified" : "split" })],
  ["g", "kinds or repositories", () => change({ view: filters.view === "kinds" ? "repositories" : "kinds", kind: "", fact: "", repository: "" })],
  ["G", "group by the next thing that is known", () => change({ group: nextOf(["", ...Object.keys(GROUPS).filter(isKnown)], filters.group) })],
  ["S", "sort by the next thing", () => change({ sort: nextOf(Object.keys(SORTS), filters.sort) })],
  ["/", "search", () => byId("f-q").focus()],
  ["f", "filters", () => { showExtra(true); byId("f-rule").focus(); }],
  ["c", "clear the filters", clearFilters],
  ["t", "progress and plots", () => { const box = document.querySelector("details.overview"); box.open = !box.open; }],
  ["x", "export the decisions", () => canDecide && showDecisions()],
  ["p", "print a summary", () => print()],
  ["?", "these keys", () => byId("keys").showModal()],
];

/** The page of the first rule that the chosen card is of. */
function showRule() {
  const item = cards[chosen] && cards[chosen].item;
  const rules = item ? item.rules || item.row[7].flatMap((file) => file[6].map((row) => row[0])) : [];
  if (rules.length) change({ view: "rules", at: data.rules[rules[0]] });
}

const nextOf = (values, value) => values[(values.indexOf(value) + 1) % values.length];

/** Whether single keys work is kept, for those whose software speaks or types them (WCAG 2.1.4). */
function keepKeys() {
  byId("key-list").append(...KEYS.map(([key, words]) => make("div", null, make("dt", null, make("kbd", null, key)), make("dd", null, words))));
  const box = byId("keys-on");
  try {
    box.checked = localStorage.getItem(KEYS_OFF) === null;
  } catch {
    // then they are on
  }
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(KEYS_OFF);
      else localStorage.setItem(KEYS_OFF, "1");
    } catch {
      // then it lasts as long as the page
    }
  });
}

function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const isReason = event.target.matches(".why input");
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (document.querySelector("dialog[open]")) return;
    if (typing && (event.key === "Escape" || (event.key === "Enter" && isReason))) {
      event.target.blur();
      if (chosen >= 0) cards[chosen].element.focus({ preventScroll: true });
      if (event.key === "Enter" && !endIfDone(REJECTED)) nextUndecided(true);
      event.preventDefault();
    }
    if (typing || !byId("keys-on").checked) return;
    const known = KEYS.find(([key]) => key === event.key);
    if (!known) return;
    event.preventDefault();
    known[2]();
  });
}
