// Which lines of a workspace have changed since a commit, those of the working tree included.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** For each file below `folder`, by its path from `root`, the set of the lines that are new or other than in `revision`. */
export function changedLines(root, folder, revision) {
  const diff = git(root, [
    'diff',
    '--unified=0',
    '--no-color',
    '--no-ext-diff',
    '--no-prefix',
    revision,
    '--',
    folder,
  ])
  const lines = linesOfDiff(diff)
  for (const file of git(root, [
    'ls-files',
    '-z',
    '--others',
    '--exclude-standard',
    '--',
    folder,
  ]).split('\0')) {
    if (file === '') continue
    const count = readFileSync(join(root, file), 'utf8').split('\n').length
    lines.set(file, new Set(Array.from({ length: count }, (_, index) => index + 1)))
  }
  return lines
}

/** Of `git diff --unified=0 --no-prefix`. */
export function linesOfDiff(diff) {
  const lines = new Map()
  let current
  // Lines of a file may look like those of git.
  let quoted = 0
  for (const line of diff.split('\n')) {
    if (quoted > 0 && /^[-+]/.test(line)) {
      quoted -= 1
      continue
    }
    const file = /^\+\+\+ "?(.*?)"?\t?$/.exec(line)?.[1]
    if (file !== undefined) {
      current = new Set()
      if (file !== '/dev/null') lines.set(file, current)
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
    if (!hunk) continue
    const [removed, first, added] = [hunk[1] ?? 1, hunk[2], hunk[3] ?? 1].map(Number)
    quoted = removed + added
    for (let number = first; number < first + added; number++) current.add(number)
  }
  return lines
}

function git(cwd, args) {
  // A name may have any letter; git would write it as bytes in octal.
  const run = spawnSync('git', ['-c', 'core.quotePath=false', ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (run.status !== 0) throw new Error(run.stderr.trim() || String(run.error))
  return run.stdout
}
