// How far the review is: the bar below, the line above, teams, and the colours of the treemap.

function measure() {
  const [open, yes, no] = countAnswers(repositories);
  const all = open + yes + no;
  for (const tile of document.querySelectorAll("[data-tile]")) {
    const unit = units.find((each) => each.id === tile.dataset.tile);
    const answer = unit ? answerOfUnit(unit) : OPEN;
    for (const [value, name] of [[APPROVED, "yes"], [REJECTED, "no"], [IN_PART, "part"]]) tile.classList.toggle(name, answer === value);
    tile.querySelector("title").textContent = `${tile.dataset.words}${canDecide ? `, ${WORDS[answer]}` : ""}`;
  }
  fillBar(document.querySelector(".progress"), yes, no, all);
  measureTeams();
  const kept = isKept ? "" : "; not kept by this browser: export before you leave";
  const left = units.filter(isLeft).length;
  const kinds = open && left ? ` in ${counted(left, "kind")}` : "";
  byId("progress").textContent = `${number(yes)} approved, ${number(no)} rejected, ${number(open)} to decide${kinds}${kept}`;
  if (!canDecide) return;
  byId("left").textContent = open
    ? `${number(yes + no)} of ${number(all)} decided, ${number(open)} left in ${counted(left, "kind")}`
    : `all ${counted(all, "repository", "repositories")} decided: export the decisions`;
  byId("next").disabled = !open;
}

function fillBar(box, yes, no, all) {
  const part = (count) => (all ? (100 * count) / all : 0);
  box.querySelector(".yes").setAttribute("width", part(yes));
  box.querySelector(".no").setAttribute("x", part(yes));
  box.querySelector(".no").setAttribute("width", part(no));
}

/** The bars of teams are drawn while somebody sees them. */
function measureTeams() {
  const box = document.querySelector(".teams");
  if (!box || !document.querySelector("details.overview").open) return;
  const groups = new Map(grouped(repositories, data.teams));
  for (const link of box.querySelectorAll("[data-team]")) {
    const [open, yes, no] = countAnswers(groups.get(link.dataset.team) || []);
    fillBar(link, yes, no, open + yes + no);
    link.querySelector("b").textContent = open || !canDecide ? `${number(open || groups.get(link.dataset.team).length)}${canDecide ? " left" : ""}` : "done";
  }
}
