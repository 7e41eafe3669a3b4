import { looksSecret } from '../display.ts'
import type { TextSchema } from '../kind.ts'
import { leavesOf, type Spec } from '../spec.ts'

/** Options of {@link help}, {@link markdown}, {@link envExample} and {@link jsonSchema}. */
export interface DocumentOptions {
  /** As given to `load`. @defaultValue none */
  readonly prefix?: string
}

/** What a document says of one variable. */
export interface Entry {
  readonly variable: string
  readonly option: string
  readonly type: string
  readonly expected: string
  readonly description: string | undefined
  readonly required: boolean
  readonly secret: boolean
  /** X_FILE is read as well: not when that is a variable of its own. */
  readonly file: string | undefined
  /** The text of the default. Not of a secret, nor of a variable named like one. */
  readonly fallback: string | undefined
  readonly schema: TextSchema
}

export function entriesOf(spec: Spec, { prefix = '' }: DocumentOptions = {}): readonly Entry[] {
  const leaves = leavesOf(spec, prefix)
  const declared = new Set(leaves.map(({ variable }) => variable))
  return leaves.map(({ variable, option, definition }) => {
    const { type, expected, description, secret, optional, fallback, schema } = definition
    const file = `${variable}_FILE`
    return {
      variable,
      option,
      type,
      expected,
      description: description?.replace(/\s+/g, ' ').trim() || undefined,
      required: !optional && fallback === undefined,
      secret,
      file: declared.has(file) ? undefined : file,
      fallback: secret || looksSecret(variable) ? undefined : fallback?.text,
      schema,
    }
  })
}
