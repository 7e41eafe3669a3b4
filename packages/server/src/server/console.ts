import { inspect } from 'node:util'
import { writeStderr } from '@clew/internal/reports/stderr'
import type { Log, LoggerPart } from '../options/parts.ts'

/** Writes plain text to stderr, for an application without a logger. */
export function createStderrLogger(name: string): LoggerPart {
  return {
    log(level, message, fields = {}) {
      const { err, ...rest } = fields
      const pairs = Object.entries(rest)
        .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
        .map(([key, value]) => ` ${key}=${format(value)}`)
      const stack = err === undefined ? '' : `\n${inspect(err)}`
      writeStderr(`${name}: ${level}: ${message}${pairs.join('')}${stack}`)
    },
  }
}

function format(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(value)
}

/** A broken logger must not break the server. */
export function safeLog(logger: LoggerPart): Log {
  return (level, message, fields) => {
    try {
      logger.log(level, message, fields)
    } catch {
      writeStderr(`${level}: ${message}`)
    }
  }
}
