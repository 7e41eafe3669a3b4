import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import type { LoadOptions, Spec } from '../index.ts'
import { writeBeforeExit } from '../system/standard-output.ts'
import { UsageError } from './usage-error.ts'

/** What a module declares. */
export interface Declaration {
  readonly spec: Spec
  readonly prefix: string
  /** Further options of `load`, for the command that reads the environment. */
  readonly options: LoadOptions
}

const instead = 'the module must export `spec` without loading it; load it in another module'

/** Imports a module that exports a declaration. */
export async function declarationOf(module: string): Promise<Declaration> {
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`${module} does not exist`)
  const exported = await imported(module, pathToFileURL(file).href)
  // A CommonJS module whose exports Node could not detect has them all in `default`.
  const found =
    'spec' in exported ? exported : ((exported['default'] ?? {}) as Record<string, unknown>)
  const { spec, options = {} } = found
  if (typeof options !== 'object' || options === null)
    throw new UsageError(`${module} exports \`options\` that are not an object`)
  const { prefix = (options as LoadOptions).prefix ?? '' } = found
  if (typeof spec !== 'object' || spec === null)
    throw new UsageError(`${module} does not export \`spec\``)
  if (typeof prefix !== 'string')
    throw new UsageError(`${module} exports a \`prefix\` that is not a string`)
  return { spec: spec as Spec, prefix, options }
}

const withTypeScript = `Node ${process.versions.node} does not import TypeScript. Use Node 22.18 or later, or a loader such as tsx:
  npm install --save-dev tsx
  NODE_OPTIONS='--import tsx' npx @clew/config docs ./spec.ts`

/** The module is in TypeScript, or imports one that is. */
function isTypeScriptProblem(code: unknown, error: unknown): boolean {
  return /_UNKNOWN_FILE_EXTENSION$/.test(`${code}`) && /\.[cm]?tsx?\b/.test(String(error))
}

/** The module runs any code. If that ends the process, only an exit handler can explain it. */
async function imported(module: string, url: string): Promise<Record<string, unknown>> {
  const explain = () => {
    process.exitCode = 2
    writeBeforeExit(2, `${module} ends the process when it is imported: ${instead}\n`)
  }
  process.once('exit', explain)
  try {
    return await import(url)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ERR_CONFIG_INVALID') {
      throw new UsageError(`${module} loads its configuration when it is imported: ${instead}`)
    }
    const hint = isTypeScriptProblem(code, error) ? `\n${withTypeScript}` : ''
    throw new UsageError(`${module} cannot be imported: ${reasonOf(error)}${hint}`)
  } finally {
    process.off('exit', explain)
  }
}
