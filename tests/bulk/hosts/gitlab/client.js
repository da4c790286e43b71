// Asks a GitLab for what a campaign made, and does the same in its own way, with the client @gitbeaker/rest of npm.
// node client.js URL TOKEN BRANCH: prints what it saw as JSON.
const { Gitlab } = require("@gitbeaker/rest");

const [host, token, branch] = process.argv.slice(2);
const api = new Gitlab({ host, token });
const config = ".circleci/config.yml";

// The status and the words of a refusal.
async function refused(asked) {
  try {
    await asked;
    return null;
  } catch (error) {
    const words = error.cause?.description ?? error.message;
    return [error.cause?.response?.status, typeof words === "string" ? words : JSON.stringify(words)];
  }
}

async function main() {
  const projects = await api.Groups.allProjects("acme", { includeSubgroups: true });
  const app = await api.Projects.show("acme/app");
  const found = await api.Branches.show(app.id, branch);
  const file = await api.RepositoryFiles.show(app.id, config, found.commit.id);
  const commit = await api.Commits.show(app.id, found.commit.id);
  const top = await api.Repositories.allRepositoryTrees(app.id, { ref: found.commit.id });
  const [request] = await api.MergeRequests.all({ projectId: app.id, sourceBranch: branch, state: "opened" });
  const approvals = await api.MergeRequestApprovals.showConfiguration(app.id, { mergerequestIId: request.iid });
  const change = (content, last) => [{ action: "update", filePath: config, content, lastCommitId: last }];
  const second = api.MergeRequests.create(app.id, branch, app.default_branch, "once more");
  const seen = {
    names: projects.map((each) => each.path_with_namespace).sort(),
    branch: found.commit.id,
    file: Buffer.from(file.content, "base64").toString(),
    message: commit.message,
    parents: commit.parent_ids,
    top: top.map((each) => each.name).sort(),
    request: { iid: request.iid, sha: request.sha, title: request.title, draft: request.draft },
    left: approvals.approvals_left,
    second: await refused(second),
  };
  const main = await api.RepositoryFiles.show(app.id, config, app.default_branch);
  const start = { startBranch: app.default_branch };
  seen.exists = await refused(api.Commits.create(app.id, branch, "no", change("x", main.last_commit_id), start));
  const made = await api.Commits.create(app.id, "other", "Theirs", change("version: 2.1\n", main.last_commit_id), start);
  seen.stale = await refused(api.Commits.create(app.id, "other", "no", change("x", main.last_commit_id)));
  const other = await api.MergeRequests.create(app.id, "other", app.default_branch, "Theirs");
  seen.early = await refused(api.MergeRequests.merge(app.id, other.iid, { sha: made.id }));
  await api.MergeRequests.show(app.id, other.iid);
  seen.another = await refused(api.MergeRequests.merge(app.id, other.iid, { sha: found.commit.id }));
  const merged = await api.MergeRequests.merge(app.id, other.iid, { sha: made.id });
  seen.merged = [merged.state, merged.merge_commit_sha];
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error, error.cause);
  process.exit(1);
});
