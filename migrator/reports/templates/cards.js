// Cards of shapes and of repositories. Their bodies are made when they are opened.

const NAMES = 120;

function answerButtons(item, update) {
  const button = (answer, label, kind) =>
    make(`button.${kind}`, { type: "button", "data-answer": answer, onclick: () => update(item, answer) }, label);
  return make("div.acts", null, button(APPROVED, "Approve", "yes"), button(REJECTED, "Reject", "no"));
}

function sizes(added, removed) {
  return make("span", null, make("span.plus", null, `+${number(added)}`), " ", make("span.minus", null, `−${number(removed)}`), make("span.sr", null, " lines"));
}

const ruleLink = (rule) => make("a", { href: addressWith({ view: "rules", at: data.rules[rule] }) }, data.rules[rule]);

/** A card without its body: {element, item, open(isOpen), redraw(), refresh()}. */
function makeCard({ of: item, matching: group }, place, update) {
  const isShape = Boolean(item.repositories);
  const id = `card-${place}`;
  const toggle = make("button", { type: "button", id, "aria-expanded": "false", onclick: () => card.open(!card.isOpen) });
  const isOne = isShape && item.repositories.length === 1;
  toggle.append(isShape && !isOne ? counted(item.repositories.length, "repository", "repositories") : (isOne ? item.repositories[0] : item).name);
  const head = make("header", null, make("h3", null, toggle), isShape ? shapeMeta(item, group) : repositoryMeta(item));
  const canDecide = isShape ? item.repositories.some((each) => each.isOpen) : item.isOpen;
  if (canDecide) head.append(answerButtons(item, update));
  const element = make("article.card", { tabindex: -1, "aria-labelledby": id }, head);
  let body = null;
  const card = {
    element, item, isOpen: false, wasOpen: false,
    open(wanted) {
      card.isOpen = wanted;
      card.wasOpen = card.wasOpen || wanted;
      toggle.setAttribute("aria-expanded", String(wanted));
      if (wanted && !body) {
        body = make("div.body");
        body.append(...(isShape ? shapeBody(item, group) : repositoryBody(item)));
        element.append(body);
      }
      if (body) body.hidden = !wanted;
    },
    redraw() {
      if (body) body.remove();
      body = null;
      if (card.isOpen) card.open(true);
    },
    refresh() {
      const answer = isShape ? answerOfShape(item) : answerOf(item);
      element.dataset.answer = answer;
      for (const each of head.querySelectorAll(".acts button")) each.setAttribute("aria-pressed", String(Number(each.dataset.answer) === answer));
      for (const each of element.querySelectorAll(".names a")) each.dataset.answer = answerOf(repositories[each.dataset.index]);
    },
  };
  card.refresh();
  return card;
}

function shapeMeta(shape, group) {
  const meta = make("p.meta", null, make("span", null, ...shape.rules.flatMap((rule, n) => [n ? ", " : "", ruleLink(rule)])), sizes(shape.added, shape.removed));
  meta.append(make("span", null, "shape ", make("code", null, shape.id)));
  if (group.length < shape.repositories.length) meta.append(make("span.chip", null, `${number(group.length)} match`));
  return meta;
}

function repositoryMeta(repository) {
  const state = data.states[repository.state];
  const meta = make("p.meta", null, make("span.chip" + (state === "failed" ? ".failed" : ""), null, state));
  const found = repository.files.reduce((sum, file) => sum + file.rows.length, 0);
  if (found) meta.append(make("span", null, counted(found, "finding")));
  if (repository.shape >= 0) {
    const shape = shapes[repository.shape];
    meta.append(sizes(shape.added, shape.removed));
    meta.append(make("span", null, "shape ", make("a", { href: addressWith({ view: "shapes", shape: shape.id }) }, make("code", null, shape.id))));
  }
  const link = webLink(repository.link);
  if (link) meta.append(outward(link, "view on host"));
  return meta;
}

function shapeBody(shape, group) {
  const sample = group[0];
  if (shape.repositories.length === 1) return fileParts(sample, true);
  const about = make("p", null, "Such as ", make("a", { href: addressWith({ view: "repositories", repository: sample.name, shape: shape.id }) }, sample.name));
  about.append("; the others change in the same way.");
  if (group.length < shape.repositories.length) about.append(` A decision here applies to all ${number(shape.repositories.length)}.`);
  return [about, differencesOf(shape), ...fileParts(sample, true), namesOf(shape, group)];
}

/** What some repositories of a shape have and the sample may lack. */
function differencesOf(shape) {
  if (!shape.differs.length) return "";
  return make("div.differs", null, make("p.note", null, "Not the same in all of them:"), make("ul", null, ...shape.differs.map((each) => make("li", null, sentence(each)))));
}

/** The repositories of a shape, as links to each. */
function namesOf(shape, group) {
  const list = make("ul.names");
  const box = make("details", null, make("summary", null, counted(group.length, "repository", "repositories")), list);
  const fill = () => {
    const shown = list.querySelectorAll("a").length;
    for (const repository of group.slice(shown, shown + NAMES)) {
      const href = addressWith({ view: "repositories", repository: repository.name, shape: shape.id });
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
  return [repository.message ? make("p", null, repository.message) : "", ...fileParts(repository, false)];
}

function fileParts(repository, isSample) {
  return repository.files
    .filter((file) => file.diff >= 0 || (!isSample && (file.rows.length || file.reason)))
    .map((file) => {
      const link = webLink(file.link);
      const part = make("div.file-part", null, make("h4", null, link ? outward(link, file.path) : file.path));
      if (file.reason) part.append(make("p", null, `${file.status}: ${file.reason}`));
      if (file.diff >= 0) part.append(meaningOf(file.diff), drawDiff(file.diff, `${file.path} of ${repository.name}`, isSplit()));
      if (file.rows.length) part.append(findingsOf(file, link));
      return part;
    });
}

function meaningOf(index) {
  const [, changes, proof, proven] = data.diffs[index];
  return make("ul.means", null,
    ...changes.map((each) => make("li", null, sentence(text(each)))),
    make(proven ? "li.proof" : "li.unproven", null, text(proof)));
}

/** The findings: first those that the diff does not fix. */
function findingsOf(file, link) {
  const findings = file.rows.map(readFinding);
  const left = findings.filter((finding) => !finding.applied);
  const list = (some) => make("ul.found", null, ...some.map((finding) => findingItem(finding, link)));
  const box = document.createDocumentFragment();
  if (left.length) box.append(file.diff >= 0 ? make("p.note", null, "Fix by hand or review:") : "", list(left));
  const done = findings.filter((finding) => finding.applied);
  if (done.length) {
    const warned = done.filter((finding) => finding.warnings.length).length;
    const label = counted(done.length, "finding") + " fixed by this diff" + (warned ? `, ${number(warned)} with a warning` : "");
    const details = make("details", null, make("summary", null, label));
    details.addEventListener("toggle", () => { if (details.children.length === 1) details.append(list(done)); });
    box.append(details);
  }
  return box;
}

function findingItem(finding, link) {
  const safety = SAFETIES[finding.safety];
  const line = link ? outward(webLink(link, finding.line), `line ${finding.line}`) : `line ${finding.line}`;
  const item = make("li", null, make(`span.badge.${safety}`, null, safety), make("span", null, line, ": ", sentence(finding.message), " (", ruleLink(finding.rule), ")"));
  for (const warning of finding.warnings) item.append(make("span.more", null, "Warning: ", sentence(warning)));
  if (finding.why) item.append(make("span.more", null, "Not changed: ", sentence(finding.why)));
  return item;
}

const isSplit = () => filters.diff === "split" && matchMedia("(min-width: 48rem)").matches;
