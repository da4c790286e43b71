// A campaign in small, by the `bitbucket` client of npm: what it was given, and what it saw, as JSON.
const { Bitbucket } = require('bitbucket')

async function main(baseUrl, token, branch, head) {
  const client = new Bitbucket({ baseUrl, auth: { token }, notice: false })
  const of = { workspace: 'acme', repo_slug: 'app' }
  const seen = {}

  const names = []
  let page = (await client.repositories.list({ workspace: 'acme', pagelen: 2 })).data
  names.push(...page.values.map((each) => each.full_name))
  while (client.hasNextPage(page)) {
    page = (await client.getNextPage(page)).data
    names.push(...page.values.map((each) => each.full_name))
  }
  seen.names = names

  seen.branch = (await client.refs.getBranch({ ...of, name: branch })).data.target.hash
  seen.file = Buffer.from((await client.source.read({ ...of, commit: head, path: '.circleci/config.yml' })).data).toString()
  seen.message = (await client.commits.get({ ...of, commit: head })).data.message
  seen.builds = (await client.commitstatuses.list({ ...of, commit: head })).data.values.map((each) => each.state)

  const found = await client.pullrequests.list({ ...of, state: 'OPEN', q: `source.branch.name = "${branch}"` })
  const pull = found.data.values[0]
  seen.pull = { id: pull.id, head: pull.source.commit.hash, draft: pull.draft, reviewers: pull.reviewers }
  const whole = (await client.pullrequests.get({ ...of, pull_request_id: pull.id })).data
  seen.reviewers = whole.reviewers.map((each) => each.uuid)
  const said = { content: { raw: 'Looks fine' } }
  await client.pullrequests.createComment({ ...of, pull_request_id: pull.id, _body: said })

  try {
    await client.source.createFileCommit({ ...of, branch, parents: '0'.repeat(40), message: 'stale', '/a.txt': 'a' })
  } catch (error) {
    seen.stale = error.status
  }
  const made = await client.source.createFileCommit({
    ...of, branch: 'theirs', parents: head, message: 'theirs', author: 'Ann <ann@example.com>', '/message': 'a file',
  })
  seen.made = made.headers.location.split('/').pop()
  const theirs = { title: 'Theirs', source: { branch: { name: 'theirs' } }, destination: { branch: { name: 'main' } } }
  const second = (await client.pullrequests.create({ ...of, _body: theirs })).data
  await client.pullrequests.update({ ...of, pull_request_id: second.id, _body: { title: 'Still theirs' } })
  seen.declined = (await client.pullrequests.decline({ ...of, pull_request_id: second.id })).data.state
  await client.refs.deleteBranch({ ...of, name: 'theirs' })

  const merging = await client.pullrequests.merge({
    ...of, pull_request_id: pull.id, _body: { merge_strategy: 'squash' },
  })
  seen.merged = [merging.status, merging.data.state]
  return seen
}

main(...process.argv.slice(2)).then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.error(error, JSON.stringify(error.error))
    process.exit(1)
  },
)
