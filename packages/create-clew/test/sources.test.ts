// Whatever an application looks like, what is added to it is only added: nothing of it is removed, replaced or reformatted.
import { parse } from '@babel/parser'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { applicationOf } from '../src/application/application.ts'
import type { Project } from '../src/project/project.ts'
import { syntaxOf } from '../src/source/syntax.ts'
import { type Area, areas } from '../src/wiring/areas.ts'
import { isWired } from '../src/wiring/needs.ts'
import { planOf } from '../src/wiring/plan.ts'

/** How somebody writes. */
interface Style {
  readonly isModule: boolean
  readonly end: string
  readonly quote: string
  readonly eol: string
}

type Statement = (style: Style) => string

/** What stands around, and must not be taken for something else. */
const noise: readonly Statement[] = [
  ({ end }) => `const text = "app.listen(3000)"${end}`,
  ({ end }) => `const template = \`\n  const app = express()\n  app.listen(\${1 + 1})\n\`${end}`,
  ({ end }) => `const pattern = /app\\.listen\\(["'\`]/g${end}`,
  () => '// app.listen(3000)',
  () => '/* const app = express()\n   app.listen(3000) */',
  ({ end }) => `const log = (text) => text${end}`,
  ({ end }) => `const server = { listen() {} }${end}`,
  ({ end }) => `const { health, metrics: meters } = { health: 1, metrics: 2 }${end}`,
  () => 'function trace(app) { return app.listen }',
  ({ end }) =>
    end === ';' ? '[1, 2].forEach((each) => each);' : ';[1, 2].forEach((each) => each)',
  ({ end }) => (end === ';' ? '(() => {})();' : ';(() => {})()'),
  ({ end }) => (end === ';' ? '`x`.trim();' : ';`x`.trim()'),
  ({ end }) => `if (process.env.DEBUG) console.log('listening')${end}`,
  () => 'class Orders { app = 1; listen() { return this.app } }',
  () => 'label: for (const each of [1]) { if (each) continue label }',
  ({ end }) => `const admin = express()${end}`,
]

const load =
  (name: string, module: string): Statement =>
  ({ isModule, quote, end }) =>
    isModule
      ? `import ${name} from ${quote}${module}${quote}${end}`
      : `const ${name} = require(${quote}${module}${quote})${end}`

/** How an application is made, and how it listens. */
const makings: readonly Statement[] = [
  ({ end }) => `const app = express()${end}`,
  ({ end }) => `const app = express()${end} // the application`,
  ({ end }) => `const app = express() /* the application */${end}`,
  () => 'const app = express(); const routes = [];',
  ({ end }) => `const port = 3000, app = express()${end}`,
  ({ end }) => `let app${end}\napp = express()${end}`,
]

const listenings: readonly Statement[] = [
  ({ end }) => `app.listen(process.env.PORT)${end}`,
  ({ end }) => `app.listen(3000, () => {\n  console.log('app.listen(3000)')\n})${end}`,
  ({ end }) => `const listener = app.listen(3000)${end} // listen`,
  ({ end }) => `// Start it.\napp.listen(3000).on('error', (error) => { throw error })${end}`,
  () => 'if (process.env.PORT) { app.listen(3000) }',
  () => 'if (process.env.PORT) app.listen(3000)',
  () => 'function start() {\n\tapp.listen(3000)\n}\nstart()',
]

const styles = fc.record({
  isModule: fc.boolean(),
  end: fc.constantFrom('', ';'),
  quote: fc.constantFrom("'", '"'),
  eol: fc.constantFrom('\n', '\r\n'),
})

const programs = fc
  .record({
    style: styles,
    mark: fc.constantFrom('', '\uFEFF'),
    shebang: fc.constantFrom('', '#!/usr/bin/env node\n'),
    comment: fc.constantFrom(
      '',
      '// The licence.\n\n',
      '/**\n * The licence: app.listen().\n */\n',
    ),
    isStrict: fc.boolean(),
    before: fc.subarray(noise.slice(0, 8)),
    making: fc.constantFrom(...makings),
    between: fc.subarray(noise.slice(8)),
    listening: fc.constantFrom(...listenings),
    after: fc.constantFrom('', '\n', '\n\n// the end'),
  })
  .map(({ style, mark, shebang, comment, isStrict, before, making, between, listening, after }) => {
    const strict = isStrict && !style.isModule ? [`'use strict'${style.end || ';'}`] : []
    const statements = [load('express', 'express'), ...before, making, ...between, listening]
    const text = [...strict, ...statements.map((each) => each(style))].join('\n')
    // A BOM in front of a shebang is no program.
    const start = mark === '' ? shebang : ''
    return { style, content: mark + (start + comment + text + after).replaceAll('\n', style.eol) }
  })

function projectOf(content: string, isModule: boolean): Project | undefined {
  const syntax = syntaxOf('server.js', content)
  return (
    syntax && {
      folder: '/app',
      manifest: { name: 'app', type: isModule ? 'module' : 'commonjs' },
      manifestText: '{}',
      tsModule: undefined,
      files: [syntax],
      unreadable: [],
      isCut: false,
    }
  )
}

function wired(content: string, isModule: boolean, chosen: readonly Area[]): string {
  const project = projectOf(content, isModule)
  if (project === undefined) throw new Error('the program cannot be parsed')
  const open = chosen.filter((area) => !isWired(project, area))
  if (open.length === 0) return content
  const found = applicationOf(project)
  if (!('application' in found)) throw new Error(found.problem)
  const plan = planOf(project, found.application, open)
  if (!('edits' in plan)) throw new Error(plan.problem)
  return plan.edits[0]?.content() ?? content
}

/** Whether `text` is left when something is taken out of `longer`. */
function isLeftOf(text: string, longer: string): boolean {
  let at = 0
  for (const character of longer) if (character === text[at]) at++
  return at === text.length
}

function statementsOf(content: string): string[] {
  const text = content.replace('\uFEFF', '')
  const { program } = parse(text, { sourceType: 'unambiguous' })
  return program.body.map(({ start, end }) => text.slice(start ?? 0, end ?? 0))
}

describe('any application', () => {
  test('is left as it was, but for what is inserted', () => {
    const chosen = fc.subarray([...areas], { minLength: 1 })
    fc.assert(
      fc.property(programs, chosen, ({ style, content }, some) => {
        const result = wired(content, style.isModule, some)
        expect(isLeftOf(content, result)).toBe(true)
        if (style.eol === '\r\n') expect(result.replaceAll('\r\n', '')).not.toContain('\n')
        const statements = statementsOf(result)
        // All statements are the same ones as before: none was joined with a neighbour, or cut.
        const untouched = statementsOf(content).filter((each) => !each.includes('app.listen('))
        const kept = untouched.filter((each) => statements.includes(each))
        expect(kept).toEqual(untouched)
        expect(wired(result, style.isModule, some)).toBe(result)
      }),
      { numRuns: 300 },
    )
  })
})
