import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import type { Spec } from '../index.ts'
import { writeBeforeExit } from '../system/standard-output.ts'
import { UsageError } from './usage-error.ts'

/** What a module declares. */
export interface Declaration {
  readonly spec: Spec
  readonly prefix: string
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
  const { spec, prefix = '' } = found
  if (typeof spec !== 'object' || spec === null)
    throw new UsageError(`${module} does not export \`spec\``)
  if (typeof prefix !== 'string')
    throw new UsageError(`${module} exports a \`prefix\` that is not a string`)
  return { spec: spec as Spec, prefix }
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
    throw new UsageError(
      codeOf(error) === 'ERR_CONFIG_INVALID'
        ? `${module} loads its configuration when it is imported: ${instead}`
        : `${module} cannot be imported: ${reasonOf(error)}`,
    )
  } finally {
    process.off('exit', explain)
  }
}
