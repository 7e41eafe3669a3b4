import { UsageError } from '../usage-error.ts'
import { create } from './create.ts'
import { doctor } from './doctor.ts'
import { exitCodes } from './exit-codes.ts'
import { createUsage, doctorUsage } from './usage.ts'

/** Runs `create-clew` or `clew`, and resolves with the exit code. */
export async function main(
  command: 'create-clew' | 'clew',
  argv: readonly string[],
): Promise<number> {
  const [first, ...rest] = argv
  try {
    if (first === 'doctor') return doctor(rest)
    if (first === 'create') return await create(rest)
    if (command === 'create-clew') return await create(argv)
    if (first === undefined || first === '--help' || first === '-h') {
      process.stdout.write(`${createUsage('clew create')}\n${doctorUsage}`)
      return first === undefined ? exitCodes.usage : exitCodes.done
    }
    throw new UsageError(`clew has no command ${JSON.stringify(first)}: create or doctor`)
  } catch (error) {
    if (!isUsageError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCodes.usage
  }
}

function isUsageError(error: unknown): error is Error {
  const isParseArgs = /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? '')
  return error instanceof UsageError || isParseArgs
}
