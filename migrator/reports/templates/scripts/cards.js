// Cards of kinds and of repositories. Their bodies are made when they are opened.

const NAMES = 120;
const FACTS = 6;

function answerButtons(item, update) {
  const button = (answer, label, kind) =>
    make(`button.${kind}`, { type: "button", "data-answer": answer, onclick: () => update(item, answer) }, label);
  return make("div.acts", null, button(APPROVED, "Approve", "yes"), button(REJECTED, "Reject", "no"));
}

function sizes({ added, removed }) {
  return make("span", null, make("span.plus", null, `+${number(added)}`), " ", make("span.minus", null, `−${number(removed)}`), make("span.sr", null, " lines"));
}

const ruleLink = (rule) => make("a", { href: addressWith({ view: "rules", at: data.rules[rule] }) }, data.rules[rule]);

/** A card without its body: {element, item, open(isOpen), redraw(), refresh(), another(), explain()}. */
function makeCard({ of: item, matching: group }, place, update) {
  const id = `card-${place}`;
  const toggle = make("button", { type: "button", id, "aria-expanded": "false", onclick: () => card.open(!card.isOpen) }, item.name);
  const head = make("header", null, make("h3", null, toggle), isUnit(item) ? unitMeta(item, group) : repositoryMeta(item));
  if (canDecideItem(item)) head.append(answerButtons(item, update));
  const element = make("article.card", { tabindex: -1, "aria-labelledby": id }, head);
  let body = null;
  let sample = isUnit(item) ? Math.max(0, group.findIndex((each) => each.index === item.sample)) : 0;
  let why = null;
  const card = {
    element, item, isOpen: false, wasOpen: false,
    open(wanted) {
      card.isOpen = wanted;
      card.wasOpen = card.wasOpen || wanted;
      toggle.setAttribute("aria-expanded", String(wanted));
      if (wanted && !body) {
        body = make("div.body", null, ...(isUnit(item) ? unitBody(item, group, sample, card) : repositoryBody(item)));
        element.append(body);
      }
      if (body) body.hidden = !wanted;
    },
    redraw() {
      if (body) body.remove();
      body = null;
      if (card.isOpen) card.open(true);
    },
    another() {
      if (!isUnit(item) || group.length < 2) return;
      sample = (sample + 1) % group.length;
      card.redraw();
    },
    explain() {
      if (why) why.querySelector("input").focus();
    },
    refresh() {
      const answer = answerOfItem(item);
      element.dataset.answer = answer;
      for (const each of head.querySelectorAll(".acts button")) each.setAttribute("aria-pressed", String(Number(each.dataset.answer) === answer));
      for (const each of element.querySelectorAll(".names a")) each.dataset.answer = answerOf(repositories[each.dataset.index]);
      const own = ownDecision(item);
      const isRejected = Boolean(own) && own.answer === REJECTED;
      if (isRejected && !why) head.after(why = reasonField(item));
      else if (!isRejected && why) why = why.remove();
    },
  };
  card.refresh();
  return card;
}

/** Where a person says why something is rejected. */
function reasonField(item) {
  const input = make("input", { type: "text", list: "reasons", maxlength: 500, placeholder: "optional; goes into the decisions file", onchange: (event) => giveReason(item, event.target.value) });
  input.value = ownDecision(item).reason || "";
  input.addEventListener("focus", () => byId("reasons").replaceChildren(...reasons().map((each) => make("option", { value: each }))));
  return make("label.why", null, "Reason ", input);
}

function unitMeta(unit, group) {
  const meta = make("p.meta", null, make("span", null, counted(unit.repositories.length, "repository", "repositories")));
  if (group.length < unit.repositories.length) meta.append(make("span.chip", null, `${number(group.length)} match`));
  meta.append(make("span", null, ...unit.rules.flatMap((rule, n) => [n ? ", " : "", ruleLink(rule)])), sizes(sizeOfUnit(unit)));
  return meta;
}

function repositoryMeta(repository) {
  const state = data.states[repository.state];
  const meta = make("p.meta", null, make("span.chip" + (state === "failed" ? ".failed" : ""), null, state));
  const found = repository.row[7].reduce((sum, file) => sum + file[6].length, 0);
  if (found) meta.append(make("span", null, counted(found, "finding")));
  if (repository.owners.length) meta.append(make("span", null, repository.owners.map((index) => data.owners[index]).join(" ")));
  if (repository.units.length) {
    meta.append(sizes(sizeOf(repository, null)));
    meta.append(make("a", { href: addressWith({ view: "kinds", repository: repository.name }) }, counted(repository.units.length, "kind")));
  }
  const link = webLink(repository.link);
  if (link) meta.append(outward(link, "view on host"));
  return meta;
}

function unitBody(unit, group, place, card) {
  const sample = group[place];
  if (unit.repositories.length === 1) return fileParts(sample, unit);
  const about = make("p", null, "Such as ", make("a", { href: addressWith({ view: "repositories", repository: sample.name, kind: unit.id }) }, sample.name), ". ");
  if (group.length > 1) about.append(make("button.quiet.small", { type: "button", onclick: card.another }, "Another"));
  if (group.length < unit.repositories.length) about.append(` A decision here applies to all ${number(unit.repositories.length)}.`);
  return [about, factsOf(unit), ...fileParts(sample, unit), namesOf(unit, group)];
}

/** What some repositories of a kind have and the sample may lack; each leads to those that have it. */
function factsOf(unit) {
  if (!unit.facts.length) return "";
  const list = make("ul.facts", { "aria-label": "Not the same in all of them" });
  const add = (fact, place) => {
    const key = `${unit.id}/${place}`;
    const isOn = filters.fact === key;
    list.append(make("li", null, make("a", { href: addressWith({ view: "kinds", kind: unit.id, fact: isOn ? "" : key }), "aria-current": isOn && "true" }, sentence(fact.words), " ", make("b", null, number(fact.members.length)))));
  };
  unit.facts.slice(0, FACTS).forEach(add);
  if (unit.facts.length > FACTS) {
    const more = make("li", null, make("button.quiet.small", { type: "button", onclick: () => { more.remove(); list.classList.add("all"); unit.facts.slice(FACTS).forEach((fact, n) => add(fact, n + FACTS)); } }, `${number(unit.facts.length - FACTS)} more`));
    list.append(more);
  }
  return list;
}

/** The repositories of a kind, as links to each. */
function namesOf(unit, group) {
  const list = make("ul.names");
  const box = make("details", null, make("summary", null, counted(group.length, "repository", "repositories")), list);
  const fill = () => {
    const shown = list.querySelectorAll("a").length;
    for (const repository of group.slice(shown, shown + NAMES)) {
      const href = addressWith({ view: "repositories", repository: repository.name, kind: unit.id });
      list.append(make("li", null, make("a", { href, "data-index": repository.index, "data-answer": answerOf(repository) }, repository.name)));
    }
    if (list.querySelectorAll("a").length < group.length) {
      const more = make("li", null, make("button", { type: "button", onclick: () => { more.remove(); fill(); } }, "more"));
      list.append(more);
    }
  };
  box.addEventListener("toggle", () => { if (!list.firstChild) fill(); });
  return box;
}

function repositoryBody(repository) {
  const reason = repository.reason ? make("p", null, `Rejected: ${repository.reason}`) : "";
  return [repository.message ? make("p", null, repository.message) : "", reason, ...fileParts(repository, null)];
}
