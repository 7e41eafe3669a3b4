// Which test files can notice a mutant, and which of them first.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Runs each test file once, without a mutant: how long it takes, and which lines of the sources it runs. One that fails says nothing
 * about mutants, and is left out.
 */
export async function watchedTests(jest, tests, say) {
  const watched = []
  for (const path of tests) {
    const coverage = join(jest.folder, '.coverage')
    const args = ['--coverage', '--coverageReporters=json', '--collectCoverageFrom=src/**']
    rmSync(coverage, { recursive: true, force: true })
    const start = performance.now()
    const passes = await jest.passes([path], {
      limitMs: 600_000,
      args: [...args, `--coverageDirectory=${coverage}`],
    })
    if (!passes) {
      say(`fails without any mutant, and is left out: ${path}`)
      continue
    }
    const report = JSON.parse(readFileSync(join(coverage, 'coverage-final.json'), 'utf8'))
    watched.push({ path, ms: performance.now() - start, lines: linesOf(report) })
  }
  return watched
}

/** Of a report of istanbul: for each file, the lines that were run. */
export function linesOf(report) {
  return new Map(
    Object.values(report).map(({ path, statementMap, s }) => {
      const run = Object.entries(statementMap).filter(([id]) => s[id] > 0)
      const lines = run.flatMap(([, { start, end }]) =>
        Array.from({ length: end.line - start.line + 1 }, (_, index) => start.line + index),
      )
      return [path, new Set(lines)]
    }),
  )
}

/** Those that run a line, the one of the same name first, then the quickest. */
export function running(watched, file, line) {
  const name = basename(file, '.ts')
  const rank = ({ path, ms }) => (basename(path, '.test.ts') === name ? 0 : ms)
  return watched.filter(({ lines }) => lines.get(file)?.has(line)).sort((a, b) => rank(a) - rank(b))
}

const outside =
  /node:child_process|node:worker_threads|\b(nodeEval|startNode|readmeProblems)\b|\bdist\//

/** Whether a test looks at what is built, or at the sources as texts: only a build shows it a mutant. */
export function looksAtBuild(path) {
  return mentions(path, outside)
}

// What it imports from beside itself counts as well.
function mentions(path, pattern, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return false
  seen.add(path)
  const text = readFileSync(path, 'utf8')
  if (pattern.test(text)) return true
  return [...text.matchAll(/ from '(\.[^']+)'/g)].some(([, specifier]) =>
    mentions(join(dirname(path), specifier), pattern, seen),
  )
}
