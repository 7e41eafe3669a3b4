import { parseArgs } from 'node:util'
import { envExample, jsonSchema, load, markdown, sources } from '../index.ts'
import { type Declaration, declarationOf } from './declaration-module.ts'
import { type DocumentFile, generated, inMarkdown, whole, write } from './document-file.ts'
import { UsageError } from './usage-error.ts'

const usage = `Usage: clew-config <command> <module>

  docs <module>    write the documents of a declaration, or check them
    --markdown <file>      a table of the variables (default: CONFIG.md)
    --env-example <file>   a template (default: .env.example)
    --json-schema <file>   a JSON Schema of the environment
    --check                write nothing; exit with 1 if a file is out of date
    Without any of the three files, CONFIG.md and .env.example are written.
    In an existing Markdown file, only the text between <!-- clew-config --> and
    <!-- /clew-config -->, each alone on its line, is replaced.

  check <module>   read the environment; print the source of each value, or the problems (exit code 78)

The module exports \`spec\`, the declaration given to load, and \`prefix\` or \`options\`, those given
to load, if there are any. It must not load the configuration itself.
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
  const declaration = await declarationOf(module)
  if (name === 'check') return check(declaration)
  const documents = documentsOf(declaration, values)
  return values.check ? compared(documents) : written(documents)
}

function success(out: string): Result {
  return { code: 0, out, err: '' }
}

function check({ spec, prefix, options }: Declaration): Result {
  const rows = sources(load(spec, { ...options, prefix }))
  const width = Math.max(0, ...rows.map(({ variable }) => variable.length))
  const lines = rows.map(
    ({ variable, value, source }) => `${variable.padEnd(width)}  ${value ?? '–'}  (${source})\n`,
  )
  return success(lines.join(''))
}

interface DocumentNames {
  readonly markdown?: string | undefined
  readonly 'env-example'?: string | undefined
  readonly 'json-schema'?: string | undefined
}

function documentsOf({ spec, prefix }: Declaration, names: DocumentNames): DocumentFile[] {
  const schema = names['json-schema']
  const chosen = [names.markdown, names['env-example'], schema].some(Boolean)
  const table = names.markdown ?? (chosen ? undefined : 'CONFIG.md')
  const example = names['env-example'] ?? (chosen ? undefined : '.env.example')
  const documents: DocumentFile[] = []
  if (table) documents.push(inMarkdown(table, markdown(spec, { prefix })))
  if (example) {
    documents.push(whole(example, `# ${generated}\n\n${envExample(spec, { prefix })}`))
  }
  if (schema) {
    const content = { $comment: generated, ...jsonSchema(spec, { prefix }) }
    documents.push(whole(schema, `${JSON.stringify(content, null, 2)}\n`))
  }
  return documents
}

function compared(documents: readonly DocumentFile[]): Result {
  const lines = documents
    .filter(({ stale }) => stale)
    .map(({ file }) => `${file} is out of date: run clew-config docs without --check\n`)
  return { code: lines.length > 0 ? 1 : 0, out: '', err: lines.join('') }
}

function written(documents: readonly DocumentFile[]): Result {
  for (const document of documents) if (document.stale) write(document)
  const lines = documents.map(
    ({ file, stale }) => `${file} ${stale ? 'written' : 'is up to date'}\n`,
  )
  return success(lines.join(''))
}
