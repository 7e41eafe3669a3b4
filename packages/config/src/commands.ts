import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type DocumentFile, generated, inMarkdown, whole, write } from './document-file.ts'
import { envExample, jsonSchema, load, markdown, type Spec, sources } from './index.ts'
import { writeBeforeExit } from './standard-output.ts'
import { UsageError } from './usage-error.ts'

const usage = `Usage: clew-config <command> <module>

  docs <module>    write the documents of a declaration, or check them
    --markdown <file>      a table of the variables (default: CONFIG.md)
    --env-example <file>   a template (default: .env.example)
    --json-schema <file>   a JSON Schema of the environment
    --check                write nothing; exit with 1 when a file is not up to date
    With none of the three, CONFIG.md and .env.example are written.
    In an existing Markdown file, only what stands between <!-- clew-config --> and
    <!-- /clew-config -->, each alone on its line, is replaced.

  check <module>   read the environment; print where each value comes from, or what is wrong (exit code 78)

The module exports \`spec\`, the declaration given to load, and \`prefix\` if there is one. It must not load it itself.
`
/** What a command prints, and its exit code. */
export interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `clew-config`. */
export async function run(argv: readonly string[]): Promise<Result> {
  try {
    return await command(argv)
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    if (!/^(usage$|ERR_PARSE_ARGS|ERR_CONFIG)/.test(code ?? '')) throw error
    return { code: code === 'ERR_CONFIG_INVALID' ? 78 : 2, out: '', err: `${message}\n` }
  }
}

async function command(argv: readonly string[]): Promise<Result> {
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
  if (values.help) return success(usage)
  const [name, module, ...rest] = positionals
  if ((name !== 'docs' && name !== 'check') || module === undefined || rest.length > 0) {
    throw new UsageError(usage.trimEnd())
  }
  const { spec, prefix } = await declarationOf(module)
  if (name === 'check') {
    const rows = sources(load(spec, { prefix }))
    const width = Math.max(0, ...rows.map(({ variable }) => variable.length))
    const lines = rows.map(
      ({ variable, value, source }) => `${variable.padEnd(width)}  ${value ?? '–'}  (${source})\n`,
    )
    return success(lines.join(''))
  }
  const chosen = [values.markdown, values['env-example'], values['json-schema']].some(Boolean)
  const table = values.markdown ?? (chosen ? undefined : 'CONFIG.md')
  const example = values['env-example'] ?? (chosen ? undefined : '.env.example')
  const schema = values['json-schema']
  const documents: DocumentFile[] = []
  if (table) documents.push(inMarkdown(table, markdown(spec, { prefix })))
  if (example) {
    documents.push(whole(example, `# ${generated}\n\n${envExample(spec, { prefix })}`))
  }
  if (schema) {
    const content = { $comment: generated, ...jsonSchema(spec, { prefix }) }
    documents.push(whole(schema, `${JSON.stringify(content, null, 2)}\n`))
  }
  return values.check ? compared(documents) : written(documents)
}

function success(out: string): Result {
  return { code: 0, out, err: '' }
}

function compared(documents: readonly DocumentFile[]): Result {
  const lines = documents
    .filter(({ stale }) => stale)
    .map(({ file }) => `${file} is not up to date: run clew-config docs without --check\n`)
  return { code: lines.length > 0 ? 1 : 0, out: '', err: lines.join('') }
}

function written(documents: readonly DocumentFile[]): Result {
  for (const document of documents) if (document.stale) write(document)
  const lines = documents.map(
    ({ file, stale }) => `${file} ${stale ? 'written' : 'is up to date'}\n`,
  )
  return success(lines.join(''))
}

const instead = 'the module must export `spec` without loading it; load it in another one'

async function declarationOf(module: string): Promise<{ spec: Spec; prefix: string }> {
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`${module} does not exist`)
  const exported = await imported(module, pathToFileURL(file).href)
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

/** Whatever the module does while it is imported. That it ends the process can only be explained on the way out. */
async function imported(module: string, url: string): Promise<Record<string, unknown>> {
  const explain = () => {
    process.exitCode = 2
    writeBeforeExit(2, `${module} ends the process when it is imported: ${instead}\n`)
  }
  process.once('exit', explain)
  try {
    return await import(url)
  } catch (error) {
    const { code, message } = Object(error) as { code?: unknown; message?: unknown }
    throw new UsageError(
      code === 'ERR_CONFIG_INVALID'
        ? `${module} reads its configuration when it is imported: ${instead}`
        : `${module} cannot be imported: ${message ?? error}`,
    )
  } finally {
    process.off('exit', explain)
  }
}
