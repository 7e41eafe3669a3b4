// A file is read as often in a large application as in a small one: not again for each call, file or package.
import { expect, test } from '@jest/globals'
import { applicationOf } from '../src/application/application.ts'
import type { Project } from '../src/project/project.ts'
import { type Syntax, syntaxOf } from '../src/source/syntax.ts'
import { areas } from '../src/wiring/areas.ts'
import { planOf } from '../src/wiring/plan.ts'

/** An application with so many routes, and as many files that have nothing to do with them. */
function projectOf(size: number): { readonly project: Project; readonly reads: () => number } {
  let count = 0
  const counted = (path: string, text: string): Syntax => {
    const syntax = syntaxOf(path, text)
    if (syntax === undefined) throw new Error(path)
    return {
      ...syntax,
      get nodes() {
        if (path === 'server.js') count++
        return syntax.nodes
      },
    }
  }
  const numbers = Array.from({ length: size }, (_, index) => index)
  const routes = numbers.map((number) => `app.get('/${number}', (req, res) => res.end())`)
  const server = ["import express from 'express'", 'const app = express()', ...routes]
  const project: Project = {
    folder: '/app',
    manifest: { name: 'app', type: 'module' },
    manifestText: '{}',
    tsModule: undefined,
    files: [
      counted('server.js', [...server, 'app.listen(8080)', ''].join('\n')),
      ...numbers.map((number) => counted(`${number}.js`, "import x from 'x'\nx()\n")),
    ],
    unreadable: [],
    isCut: false,
  }
  return { project, reads: () => count }
}

function readsFor(size: number): number {
  const { project, reads } = projectOf(size)
  const found = applicationOf(project)
  if (!('application' in found)) throw new Error(found.problem)
  for (const area of areas)
    expect(planOf(project, found.application, [area])).toHaveProperty('edits')
  return reads()
}

test('a file is not read again for each call, or for each other file', () => {
  expect(readsFor(100)).toBe(readsFor(2))
})
