import { visible, withoutCredentials } from '../display.ts'
import type { TextSchema } from '../kind.ts'
import { onlyKnown } from '../options.ts'
import { isHidden } from '../sources.ts'
import { type Leaf, leavesOf, optionOf, prefixOf, type Spec } from '../spec.ts'

/** Options of {@link help}, {@link markdown}, {@link envExample} and {@link jsonSchema}. */
export interface DocumentOptions {
  /** As given to `load`. @defaultValue none */
  readonly prefix?: string
}

/** The text of the default, if there is one that may be shown: see {@link fallbackOf}. */
export type Fallback = { readonly text: string } | 'none' | 'hidden'

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
  readonly fallback: Fallback
  readonly schema: TextSchema
}

export function entriesOf(spec: Spec, options: DocumentOptions = {}): readonly Entry[] {
  onlyKnown('config', options, ['prefix'])
  const { prefix = '' } = options
  const leaves = leavesOf(spec, prefixOf(prefix))
  return Array.from(leaves.values(), (leaf) => {
    const { variable, definition } = leaf
    const { grammar, description, secret, optional, fallback } = definition
    const file = `${variable}_FILE`
    return {
      variable,
      option: optionOf(leaf),
      type: grammar.type,
      expected: visible(grammar.expected()),
      description: visible(description?.replace(/\s+/g, ' ').trim() ?? '') || undefined,
      required: !optional && fallback === undefined,
      secret,
      file: leaves.has(file) ? undefined : file,
      fallback: fallbackOf(leaf),
      schema: grammar.schema(),
    }
  })
}

/** Documents are committed: what `sources` would redact, they do not show. */
function fallbackOf(leaf: Leaf): Fallback {
  const { fallback, grammar } = leaf.definition
  if (!fallback) return 'none'
  const { text } = fallback
  const shown = text !== undefined && !isHidden(leaf) && !grammar.opaque
  return shown && withoutCredentials(text) === text ? { text } : 'hidden'
}
