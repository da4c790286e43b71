// On paper there is a summary of two pages: how far it is, what must exist first, the kinds, and who is to decide.

const PRINTED_KINDS = 24;
const PRINTED_TEAMS = 12;
const PRINTED_LINES = 6;

function table(heads, rows) {
  const line = (cells, name) => make("tr", null, ...cells.map((cell) => make(name, null, cell)));
  return make("table", null, make("thead", null, line(heads, "th")), make("tbody", null, ...rows.map((row) => line(row, "td"))));
}

function fillPrint() {
  const [open, yes, no] = countAnswers(repositories);
  const parts = [make("p", null, `${new Date().toISOString().slice(0, 10)}: ${counted(repositories.length, "repository", "repositories")} looked at, ${number(open + yes + no)} of them to decide about.`)];
  if (canDecide) parts.push(make("p.sum", null, `${number(yes)} approved, ${number(no)} rejected, ${number(open)} to decide`));
  parts.push(...printedNeeds(), ...printedKinds(), ...printedTeams(), ...printedStates());
  byId("printed").replaceChildren(...parts);
}

function printedNeeds() {
  const said = [...document.querySelectorAll(".said li")].map((each) => each.textContent);
  const needed = [...document.querySelectorAll(".needs h3")].map((each) => `must exist: ${each.textContent}`);
  const lines = said.length ? said : needed;
  if (!lines.length) return [];
  const rest = lines.length > PRINTED_LINES ? [make("li", null, `${number(lines.length - PRINTED_LINES)} more`)] : [];
  return [make("h2", null, "Before you merge"), make("ul", null, ...lines.slice(0, PRINTED_LINES).map((each) => make("li", null, each)), ...rest)];
}

function printedKinds() {
  if (!units.length) return [];
  const rows = units.slice(0, PRINTED_KINDS).map((unit) => {
    const own = ownDecision(unit);
    const answer = canDecide && canDecideItem(unit) ? WORDS[answerOfUnit(unit)] : "";
    const first = unit.facts.length ? `${unit.facts[0].words.replaceAll("`", "")} (${number(unit.facts[0].members.length)})` : "";
    return [unit.name, number(unit.repositories.length), own && own.reason ? `${answer}: ${own.reason}` : answer, first];
  });
  const rest = units.slice(PRINTED_KINDS);
  const parts = [make("h2", null, "Kinds of change"), table(["Kind", "Repositories", "Decision", "Beside it"], rows)];
  if (rest.length) parts.push(make("p", null, `${counted(rest.length, "more kind")}, each in ${counted(rest[0].repositories.length, "repository", "repositories")} or fewer.`));
  return parts;
}

function printedTeams() {
  if (!data.teams) return [];
  const groups = grouped(repositories, data.teams).filter(([heading]) => heading);
  const rows = groups.slice(0, PRINTED_TEAMS).map(([heading, some]) => [heading, number(some.length), ...countAnswers(some).map(number)]);
  return [make("h2", null, `By ${data.teams}`), table([data.teams, "repositories", "to decide", "approved", "rejected"], rows)];
}

function printedStates() {
  const counts = data.states.map((state, index) => [state, number(repositories.filter((each) => each.state === index).length)]);
  return [make("h2", null, "States"), table(["State", "Repositories"], counts)];
}
