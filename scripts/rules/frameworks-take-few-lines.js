import { readFileSync } from 'node:fs'
import { frameworkDiffs, frameworksReadme, maxLines, withTable } from '../source/diff-lines.js'

/** What a user has to change for one package. All of them together may take more. */
export function frameworksTakeFewLines() {
  const readme = readFileSync(frameworksReadme, 'utf8')
  const tooLong = frameworkDiffs().flatMap(({ application, lines }) =>
    [...lines]
      .filter(([name, count]) => name !== 'all' && count > maxLines)
      .map(([name, count]) => `examples/frameworks/${application}/${name}.diff: ${count} lines`),
  )
  if (withTable(readme) === readme) return tooLong
  return [...tooLong, 'examples/frameworks/README.md: run `pnpm frameworks`']
}
