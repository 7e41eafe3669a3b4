import { inspect } from 'node:util'
import type { LoggerPart } from './parts.ts'

/** Plain text on stderr, for an application without a logger. */
export function stderrLogger(name: string): LoggerPart {
  return {
    log(level, message, fields = {}) {
      const { err, ...rest } = fields
      const pairs = Object.entries(rest)
        .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
        .map(([key, value]) => ` ${key}=${plain(value)}`)
      const stack = err === undefined ? '' : `\n${inspect(err)}`
      process.stderr.write(`${name}: ${level}: ${message}${pairs.join('')}${stack}\n`)
    },
  }
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(value)
}

/** A logger that is broken must not break the server. */
export function safely(logger: LoggerPart): LoggerPart['log'] {
  return (level, message, fields) => {
    try {
      logger.log(level, message, fields)
    } catch {
      process.stderr.write(`${level}: ${message}\n`)
    }
  }
}
