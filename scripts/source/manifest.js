// What a manifest says about where its package comes from, derived from the root's: the address stands there, and nowhere else.

const placed = ['author', 'homepage', 'repository', 'bugs']

/** The text of a package's manifest with these fields as they must be, behind its license. */
export function withOrigin(text, root, directory) {
  const manifest = JSON.parse(text)
  const others = Object.entries(manifest).filter(([key]) => !placed.includes(key))
  const at = others.findIndex(([key]) => key === 'license') + 1
  const entries = [...others.slice(0, at), ...originOf(root, directory), ...others.slice(at)]
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

function originOf({ author, repository }, directory) {
  return Object.entries({
    author,
    homepage: `${repository}/tree/main/${directory}#readme`,
    repository: { type: 'git', url: `git+${repository}.git`, directory },
    bugs: `${repository}/issues`,
  })
}
