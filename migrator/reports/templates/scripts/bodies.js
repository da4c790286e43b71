// What is inside of cards: files with their diffs, what these mean, and the findings.

/** The files of a repository; as the sample of a kind only those that have it, with no more than what is of that kind. */
function fileParts(repository, kind) {
  const isOfKind = (file) => file.diff >= 0 && [...runsOf(file.diff).values()].some((kinds) => kinds.includes(kind.index));
  const files = filesOf(repository);
  const unit = kind && files.some(isOfKind) ? kind : null; // what an earlier version planned has no places
  return files
    .filter((file) => (unit ? isOfKind(file) : file.diff >= 0 || file.rows.length || file.reason))
    .map((file) => {
      const link = webLink(file.link);
      const part = make("div.file-part", null, make("h4", null, link ? outward(link, file.path) : file.path));
      if (file.reason) part.append(make("p", null, `${file.status}: ${file.reason}`));
      if (file.diff >= 0) part.append(meaningOf(file.diff, unit && repository), drawDiff(file.diff, `${file.path} of ${repository.name}`, isSplit(), unit));
      if (file.rows.length) part.append(findingsOf(file, link));
      return part;
    });
}

/** What a diff means to CircleCI. That of a sample which has other kinds as well says more than the kind, and folds. */
function meaningOf(index, sample) {
  const [, changes, proof, proven] = data.diffs[index];
  const list = make("ul.means", null,
    ...changes.map((each) => make("li", null, sentence(text(each)))),
    make(proven ? "li.proof" : "li.unproven", null, text(proof)));
  if (!sample || sample.units.length < 2) return list;
  const others = counted(sample.units.length - 1, "other kind");
  return make("details", null, make("summary", null, `All that changes in ${sample.name}, ${others} included`), list);
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
