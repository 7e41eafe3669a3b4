import { isCredentialField } from '@clew/internal/redaction/credential-names'
import { advice, readAll } from './parts.ts'

/** A variable, where its value came from, and the value unless it is secret. */
interface Row {
  readonly variable: string
  readonly path: string
  readonly source: string
  readonly value: string | undefined
}

export interface ConfigurationPanel {
  readonly rows: readonly Row[]
  readonly advice?: string
}

const maxRows = 1000

export function configurationPanel(): ConfigurationPanel {
  const rows = readAll<readonly Row[]>('config.rows').flat().slice(0, maxRows).map(shown)
  return { rows, ...(rows.length === 0 && { advice: advice.configuration }) }
}

/** What is declared as secret is hidden already. A name may say that more should have been. */
function shown({ variable, path, source, value }: Row): Row {
  const isHidden = value !== undefined && (isCredentialField(variable) || isCredentialField(path))
  return { variable, path, source, value: isHidden ? '[redacted]' : withoutUserinfo(value) }
}

/** `postgres://ann:secret@db/orders` */
const withoutUserinfo = (value: string | undefined) =>
  value?.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^@\s]*@/gi, '$1[redacted]@')
