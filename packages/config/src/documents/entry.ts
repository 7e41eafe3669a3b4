import { visible } from '@clew/internal/errors/show'
import type { TextSchema } from '../declaration/grammar.ts'
import {
  isHidden,
  type Leaf,
  leavesOf,
  optionOf,
  prefixOf,
  takesFile,
} from '../declaration/leaves.ts'
import { checkOf } from '../declaration/mistakes.ts'
import { type Rule, ruleSetsOf } from '../declaration/rules.ts'
import type { Spec } from '../declaration/spec.ts'
import { withoutCredentials } from '../text/credentials.ts'

/** Options of {@link help}, {@link markdown}, {@link envExample} and {@link jsonSchema}. */
export interface DocumentOptions {
  /** As given to `load`. @defaultValue none */
  readonly prefix?: string
}

/** The text of the default, `none` if there is none, `hidden` if it must not be shown. */
export type Fallback = { readonly text: string } | 'none' | 'hidden'

interface Alias {
  readonly name: string
  /** As of the variable. */
  readonly file: string | undefined
}

/** One variable in a document. */
export interface Entry {
  readonly variable: string
  readonly option: string
  readonly type: string
  readonly expected: string
  readonly description: string | undefined
  readonly required: boolean
  readonly secret: boolean
  /** X_FILE, if X may be read from a file, and X_FILE is not itself declared. */
  readonly file: string | undefined
  /** Former names. */
  readonly aliases: readonly Alias[]
  readonly fallback: Fallback
  readonly schema: TextSchema
}

/** @param caller - the public function that creates the document: `config.help` */
export function entriesOf(
  spec: Spec,
  options: DocumentOptions | undefined,
  caller: string,
): readonly Entry[] {
  const { prefix = '' } = checkOf(caller).options('options', options, ['prefix'])
  const leaves = leavesOf(spec, prefixOf(prefix, caller), caller)
  const rules = rulesByPath(spec)
  return Array.from(leaves.values(), (leaf) => {
    const { variable, definition } = leaf
    const { grammar, description, secret, optional, fallback } = definition
    const fileOf = (name: string) =>
      takesFile(leaf) && !leaves.has(`${name}_FILE`) ? `${name}_FILE` : undefined
    return {
      variable,
      option: optionOf(leaf),
      type: grammar.type,
      expected: visible(grammar.expected()),
      description: descriptionOf(description, rules.get(leaf.path.join('.')) ?? []),
      required: !optional && fallback === undefined,
      secret,
      file: fileOf(variable),
      aliases: (definition.aliases ?? []).map((name) => ({ name, file: fileOf(name) })),
      fallback: fallbackOf(leaf),
      schema: grammar.schema(),
    }
  })
}

function rulesByPath(spec: Spec): ReadonlyMap<string, readonly Rule[]> {
  const all = ruleSetsOf(spec).flatMap(({ path, rules }) =>
    rules.map((rule) => [[...path, rule.path].join('.'), rule] as const),
  )
  const byPath = new Map<string, Rule[]>()
  for (const [path, rule] of all) byPath.set(path, [...(byPath.get(path) ?? []), rule])
  return byPath
}

/** With a sentence for each rule. */
function descriptionOf(text: string | undefined, rules: readonly Rule[]): string | undefined {
  const sentences = [text ?? '', ...rules.map(({ must }) => `Must ${must}`)]
    .map((sentence) => visible(sentence.replace(/\s+/g, ' ').trim()))
    .filter(Boolean)
  const ended = sentences.map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`))
  return rules.length > 0 ? ended.join(' ') : sentences[0]
}

/** Documents are committed, so they hide what `sources` would redact. */
function fallbackOf(leaf: Leaf): Fallback {
  const { fallback, grammar } = leaf.definition
  if (!fallback) return 'none'
  const { text } = fallback
  const isShown = text !== undefined && !isHidden(leaf) && !grammar.opaque
  return isShown && withoutCredentials(text) === text ? { text } : 'hidden'
}
