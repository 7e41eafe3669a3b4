// Functions that every process calls while it starts are compiled with their file. V8 would skim them then, and read each of them again
// at its first call: of what reading a configuration costs the first time, that is more than a third.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import MagicString from 'magic-string'

/** The program that starts as a service with this package does, if there is one: `start/<package>.js` beside this file. */
export function startOf(name) {
  const program = fileURLToPath(new URL(`start/${name}.js`, import.meta.url))
  return existsSync(program) ? program : undefined
}

/** The names of the functions of a built package that a program calls, as V8 counts them. */
export function calledBy(program, folder) {
  const results = mkdtempSync(join(tmpdir(), 'clew-start-'))
  const built = pathToFileURL(`${folder}/`).href
  execFileSync(process.execPath, [program, new URL('index.js', built).href], {
    env: { ...process.env, NODE_V8_COVERAGE: results },
  })
  const scripts = readdirSync(results).flatMap(
    (file) => JSON.parse(readFileSync(join(results, file), 'utf8')).result,
  )
  rmSync(results, { recursive: true })
  const functions = scripts
    .filter(({ url }) => url.startsWith(built))
    .flatMap((script) => script.functions)
  return new Set(
    functions.filter(({ ranges }) => ranges[0].count > 0).map((called) => called.functionName),
  )
}

/** Puts the functions in parentheses, which V8 takes for "called at once". A plugin of rollup, so that source maps stay true. */
export function eager(names) {
  return {
    name: 'eager',
    renderChunk(code) {
      const text = new MagicString(code)
      const { body } = this.parse(code)
      const head = body.findLast(({ type, directive }) => type === 'ImportDeclaration' || directive)
      for (const { type, id, start, end } of body) {
        if (type !== 'FunctionDeclaration' || !names.has(id.name)) continue
        // Before everything else: a declaration is there from the beginning, a constant from its line on.
        text.prependRight(start, `\nconst ${id.name} = (`).appendLeft(end, ');')
        text.move(start, end, head?.end ?? 0)
      }
      return { code: text.toString(), map: text.generateMap({ hires: 'boundary' }) }
    },
  }
}
