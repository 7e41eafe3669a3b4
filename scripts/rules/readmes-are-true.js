import { relative } from 'node:path'
import { readmeProblems } from '../../testing/dist/readme.js'
import { packages, root } from './packages.js'

export function readmesAreTrue() {
  return packages.flatMap(({ folder }) =>
    readmeProblems(folder).map((problem) => `${relative(root, folder)}: ${problem}`),
  )
}
