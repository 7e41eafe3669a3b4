import { looksSecret } from '../display.ts'
import type { TextSchema } from '../kind.ts'
import { leavesOf, optionOf, prefixOf, type Spec } from '../spec.ts'

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
  const leaves = leavesOf(spec, prefixOf(prefix))
  return Array.from(leaves.values(), (leaf) => {
    const { variable, definition } = leaf
    const { grammar, description, secret, optional, fallback } = definition
    const file = `${variable}_FILE`
    return {
      variable,
      option: optionOf(leaf),
      type: grammar.type,
      expected: grammar.expected(),
      description: description?.replace(/\s+/g, ' ').trim() || undefined,
      required: !optional && fallback === undefined,
      secret,
      file: leaves.has(file) ? undefined : file,
      fallback: secret || looksSecret(variable) ? undefined : fallback?.text,
      schema: grammar.schema(),
    }
  })
}
