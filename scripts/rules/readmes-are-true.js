import { relative } from 'node:path'
import { readmeProblems } from '../../testing/dist/readme.js'
import { published, root } from './packages.js'

export function readmesAreTrue() {
  return published.flatMap(({ folder }) =>
    readmeProblems(folder).map((problem) => `${relative(root, folder)}: ${problem}`),
  )
}
