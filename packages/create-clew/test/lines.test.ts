// At most five lines for each package, whatever is chosen together.
import { expect, test } from '@jest/globals'
import { applicationOf } from '../src/application/application.ts'
import type { Project } from '../src/project/project.ts'
import { syntaxOf } from '../src/source/syntax.ts'
import { type Area, areas } from '../src/wiring/areas.ts'
import { planOf } from '../src/wiring/plan.ts'
import { type Application, everyApplication } from './support/frameworks.ts'

function projectOf({ files }: Application): Project {
  const sources = Object.entries(files).filter(([path]) => /\.[jt]s$/.test(path))
  const manifestText = files['package.json'] ?? ''
  return {
    folder: '/app',
    manifest: JSON.parse(manifestText),
    manifestText,
    tsModule: /"module":"(\w+)"/.exec(files['tsconfig.json'] ?? '')?.[1],
    files: sources.flatMap(([path, text]) => syntaxOf(path, text) ?? []),
    unreadable: [],
    isCut: false,
  }
}

const pairs = areas.flatMap((area, index) => areas.slice(index + 1).map((other) => [area, other]))
const choices: readonly (readonly Area[])[] = [
  ...areas.map((area) => [area]),
  ...pairs,
  ...areas.map((area) => areas.filter((other) => other !== area)),
  areas,
]

test.each(everyApplication.map((each) => [each.title, each] as const))('%s', (_, application) => {
  const project = projectOf(application)
  const found = applicationOf(project)
  if (!('application' in found)) throw new Error(found.problem)
  for (const chosen of choices) {
    const plan = planOf(project, found.application, chosen)
    if (!('edits' in plan)) throw new Error(plan.problem)
    for (const edit of plan.edits) {
      const tooMany = [...edit.lineCounts()].filter(([, count]) => count > 5)
      expect({ chosen, tooMany }).toEqual({ chosen, tooMany: [] })
    }
  }
})
