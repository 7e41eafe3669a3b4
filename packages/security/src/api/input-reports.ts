import type { Reporter } from '@clew/internal/reports/reporter'
import type { InputReports } from '../inputs/validator.ts'
import type { Decisions } from './decisions.ts'

/** What validators report. Nothing of it comes from a value. */
export function createInputReports(
  reporter: Reporter,
  decisions: Pick<Decisions, 'uncovered'>,
): InputReports {
  return {
    uncovered: (req) => decisions.uncovered(req, ''),
    refused(record, { reason, denied, part, error }) {
      const fields = {
        ...record.operation,
        reason,
        status: denied.status,
        ...(part === undefined ? {} : { in: part }),
      }
      if (denied.status < 500) {
        const message = `request refused: ${reason}`
        reporter.report({ type: 'security.invalid_input', level: 'info', message, fields })
        return
      }
      const type = typeName(error)
      const message = messages[reason] ?? reason
      record.error ??= describe(message, error)
      reporter.report({
        type: 'security.input_failed',
        level: 'error',
        message,
        fields: { ...fields, ...(error === undefined ? {} : { 'error.type': type }) },
      })
    },
  }
}

const messages: Readonly<Record<string, string>> = {
  schema_failed: 'inputs cannot be checked: a schema has thrown an error',
  schema_timed_out: 'inputs cannot be checked: a schema took too long',
  body_already_read:
    'inputs cannot be checked: something in front has read the body and has not put it into req.body',
}

/** The places of an error without its message, which may quote what was sent. */
function describe(message: string, error: unknown): Error {
  const described = new Error(message)
  const stack = stackOf(error)
  if (stack !== '') described.stack = `Error: ${message}\n${stack}`
  return described
}

function stackOf(error: unknown): string {
  try {
    const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown }
    const places = String(stack).split(String(message)).at(-1) as string
    return places
      .split('\n')
      .filter((line) => /^ {4}at .{1,500}$/.test(line))
      .join('\n')
  } catch {
    return ''
  }
}

function typeName(error: unknown): string {
  try {
    const name: unknown = (error as { constructor?: { name?: unknown } }).constructor?.name
    return typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : typeof error
  } catch {
    return typeof error
  }
}
