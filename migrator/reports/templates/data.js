// The data of the page, as `html_data.py` writes it.

const data = JSON.parse(byId("data").textContent);
const text = (index) => data.texts[index];
const SAFETIES = ["safe", "review", "manual"];

function readFinding(row) {
  const [rule, line, safety, applied, message, fingerprint, warnings, why] = row;
  return {
    rule, line, safety, applied: Boolean(applied), message: text(message || 0), fingerprint: fingerprint || "",
    warnings: (warnings || []).map(text), why: text(why || 0),
  };
}

function readFile(row) {
  const [path, status, reason, diff, link, decidedAs, findings] = row;
  return { path: text(path), status, reason: text(reason), diff, link: text(link), decidedAs: text(decidedAs), rows: findings };
}

const repositories = data.repositories.map((row, index) => ({
  index, name: text(row[0]), shape: row[1], state: row[2], message: text(row[3]), link: text(row[4]),
  answer: row[5], isOpen: Boolean(row[6]), files: row[7].map(readFile), about: null,
}));

const shapes = data.shapes.map(([id, rules, added, removed, differs], index) => ({
  index, id, rules, added, removed, differs: differs.map(text), repositories: [],
}));
for (const repository of repositories) if (repository.shape >= 0) shapes[repository.shape].repositories.push(repository);

/** What a repository is found by: kinds of findings as rule and safety, and words. Made when it is first asked for. */
function about(repository) {
  if (repository.about) return repository.about;
  const kinds = new Set();
  const words = [repository.name, repository.message];
  for (const file of repository.files) {
    words.push(file.path, file.reason);
    for (const row of file.rows) {
      kinds.add(`${row[0]}/`).add(`/${row[2]}`).add(`${row[0]}/${row[2]}`);
      words.push(data.rules[row[0]], text(row[4] || 0));
    }
    if (file.diff >= 0) for (const each of data.diffs[file.diff][1]) words.push(text(each));
  }
  repository.about = { kinds, words: words.join("\n").toLowerCase(), name: repository.name.toLowerCase() };
  return repository.about;
}
