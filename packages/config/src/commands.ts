import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { envExample, jsonSchema, load, markdown, type Spec, sources } from './index.ts'

const usage = `Usage: clew-config <command> <module>

  docs <module>    write the documents of a declaration, or check them
    --markdown <file>      a table of the variables (default: CONFIG.md)
    --env-example <file>   a template (default: .env.example)
    --json-schema <file>   a JSON Schema of the environment
    --check                write nothing; exit with 1 when a file is not up to date
    With none of the three, CONFIG.md and .env.example are written.
    In an existing Markdown file, only what stands between <!-- clew-config --> and
    <!-- /clew-config --> is replaced.

  check <module>   read the environment; print where each value comes from, or what is wrong (exit code 78)

The module exports \`spec\`, the declaration given to load, and \`prefix\` if there is one.
`
const mark = { start: '<!-- clew-config -->', end: '<!-- /clew-config -->' }
const generated = 'Written by clew-config; change the declaration instead.'

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** A mistake of whoever typed the command: one line, exit code 2. */
class UsageError extends Error {
  readonly code = 'usage'
}

/** Runs `clew-config`; the result is the exit code. */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  try {
    return await command(argv, output)
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    if (!/^(usage$|ERR_PARSE_ARGS|ERR_CONFIG)/.test(code ?? '')) throw error
    output.err(`${message}\n`)
    return code === 'ERR_CONFIG_INVALID' ? 78 : 2
  }
}

async function command(argv: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      'env-example': { type: 'string' },
      'json-schema': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    output.out(usage)
    return 0
  }
  const [name, module, ...rest] = positionals
  if ((name !== 'docs' && name !== 'check') || module === undefined || rest.length > 0) {
    throw new UsageError(usage.trimEnd())
  }
  const { spec, prefix } = await declarationOf(module)
  if (name === 'check') {
    const rows = sources(load(spec, { prefix }))
    const width = Math.max(0, ...rows.map(({ variable }) => variable.length))
    for (const { variable, value, source } of rows) {
      output.out(`${variable.padEnd(width)}  ${value ?? '–'}  (${source})\n`)
    }
    return 0
  }
  const chosen = [values.markdown, values['env-example'], values['json-schema']].some(Boolean)
  const table = values.markdown ?? (chosen ? undefined : 'CONFIG.md')
  const example = values['env-example'] ?? (chosen ? undefined : '.env.example')
  const schema = values['json-schema']
  return writeOrCheck(
    [
      ...(table ? [{ file: table, text: inMarkdown(table, markdown(spec, { prefix })) }] : []),
      ...(example
        ? [
            {
              file: example,
              text: whole(example, `# ${generated}\n\n${envExample(spec, { prefix })}`),
            },
          ]
        : []),
      ...(schema
        ? [
            {
              file: schema,
              text: whole(
                schema,
                `${JSON.stringify({ $comment: generated, ...jsonSchema(spec, { prefix }) }, null, 2)}
`,
              ),
            },
          ]
        : []),
    ],
    values.check,
    output,
  )
}

async function declarationOf(module: string): Promise<{ spec: Spec; prefix: string }> {
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`${module} does not exist`)
  let exported: Record<string, unknown>
  try {
    exported = await import(pathToFileURL(file).href)
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    throw new UsageError(
      code === 'ERR_CONFIG_INVALID'
        ? `${module} reads its configuration when it is imported; export the declaration from a module of its own`
        : `${module} cannot be imported: ${message}`,
    )
  }
  // A CommonJS module whose exports Node could not see beforehand has them all in `default`.
  const found =
    'spec' in exported ? exported : ((exported['default'] ?? {}) as Record<string, unknown>)
  const { spec, prefix = '' } = found
  if (typeof spec !== 'object' || spec === null)
    throw new UsageError(`${module} exports no \`spec\``)
  if (typeof prefix !== 'string')
    throw new UsageError(`${module} exports a \`prefix\` that is no text`)
  return { spec: spec as Spec, prefix }
}

function inMarkdown(file: string, table: string): string {
  const block = `${mark.start}\n\n${table}\n${mark.end}`
  const existing = contentOf(file)
  if (existing === undefined) return `# Configuration\n\n${block}\n`
  const start = existing.indexOf(mark.start)
  const end = existing.indexOf(mark.end, start)
  if (start < 0 || end < 0) {
    throw new UsageError(
      `${file} is there already; put ${mark.start} and ${mark.end} where the table belongs`,
    )
  }
  return `${existing.slice(0, start)}${block}${existing.slice(end + mark.end.length)}`
}

function whole(file: string, text: string): string {
  const existing = contentOf(file)
  if (
    existing === undefined ||
    existing.trim() === '' ||
    existing.slice(0, 512).includes(generated)
  )
    return text
  throw new UsageError(
    `${file} is there already, and was not written by clew-config; move it away first`,
  )
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : undefined
}

function writeOrCheck(
  documents: readonly { readonly file: string; readonly text: string }[],
  check: boolean,
  { out, err }: Output,
): number {
  const stale = documents.filter(({ file, text }) => contentOf(file) !== text)
  if (check) {
    for (const { file } of stale)
      err(`${file} is not up to date: run clew-config docs without --check\n`)
    return stale.length > 0 ? 1 : 0
  }
  for (const { file, text } of stale) writeFileSync(file, text)
  for (const { file } of documents) {
    out(
      `${file} ${stale.some((document) => document.file === file) ? 'written' : 'is up to date'}\n`,
    )
  }
  return 0
}
