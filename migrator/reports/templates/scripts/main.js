// Puts everything to work.

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

/** On a narrow screen the filters but the search fold away. */
function showExtra(isOpen) {
  byId("filters").classList.toggle("open", isOpen);
  byId("extra").setAttribute("aria-expanded", String(isOpen));
}

function clearFilters() {
  change({ ...DEFAULTS, view: filters.view, diff: filters.diff, sort: filters.sort, group: filters.group });
}

function fillChoices() {
  const options = (field, values) => byId(`f-${field}`).append(...values.filter(Boolean).map((each) => make("option", null, each)));
  options("rule", [...data.rules].sort());
  options("state", data.states);
  for (const name of ["owner", "topic", "host"]) {
    options(name, GROUPS[name][3]);
    byId(`f-${name}`).parentElement.hidden = !isKnown(name);
  }
  byId("f-group").append(...Object.keys(GROUPS).filter(isKnown).map((name) => make("option", { value: name }, `by ${GROUPS[name][0]}`)));
  byId("f-decision").parentElement.hidden = !canDecide;
}

function begin() {
  recall();
  wasLeft = countAnswers(repositories)[OPEN];
  themes();
  fillChoices();
  readAddress();
  show();
  byId("dock").hidden = !canDecide;
  keepKeys();
  measure();
  for (const name of FIELDS) byId(`f-${name}`).addEventListener("input", (event) => change({ [name]: event.target.value }));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("extra").addEventListener("click", () => showExtra(!byId("filters").classList.contains("open")));
  byId("clear").addEventListener("click", clearFilters);
  byId("next").addEventListener("click", () => nextUndecided(false));
  document.querySelector("details.overview").addEventListener("toggle", measureTeams);
  // The same page in another tab, whose decisions these would overwrite.
  addEventListener("storage", (event) => {
    if (event.key !== STORE) return;
    recall();
    refresh();
  });
  addEventListener("hashchange", () => { if (readAddress()) show(); });
  listen();
  listenToDialogs();
  addEventListener("beforeprint", fillPrint);
  addEventListener("beforeunload", (event) => { if (!isKept && !isExported) event.preventDefault(); });
  warmUp(0);
}

begin();
