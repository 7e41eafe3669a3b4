import type { Check } from '../errors.ts'

/** Rules for the keys below the current one: the rest of each path that matched so far. */
export type PathRules = readonly (readonly string[])[]

const bare = /[^.[\]"'\s][^.[\]]*/y
const bracket = /\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\*|[\w$-]+))\]/y

/**
 * Paths as pino writes them: `user.card`, `*.pin`, `items[*].price`, `headers["x-internal"]`,
 * `["a.b"].c`.
 */
export function pathRulesOf(check: Check, paths: readonly string[]): PathRules {
  const rules: (readonly string[])[] = []
  for (const [index, path] of paths.entries()) {
    const parts = partsOf(path)
    if (parts === undefined) {
      const expected = 'a path such as user.card, items[*].price or a["b-c"]'
      const hint = path.includes('*') ? ', where * is a whole key or index' : ''
      throw check.error(`redact.paths[${index}]`, expected + hint, path)
    }
    rules.push(parts)
    // A field can have the whole path as its name: `http.remote_addr`.
    if (parts.length > 1) rules.push([path])
  }
  return rules
}

function partsOf(path: string): readonly string[] | undefined {
  const parts: string[] = []
  let at = 0
  while (at < path.length) {
    const start = at
    if (path[at] === '[') {
      bracket.lastIndex = at
      const [all = '', double, single, word] = bracket.exec(path) ?? []
      at += all.length
      if (word !== undefined && /^-\d+$/.test(word)) return undefined
      parts.push(word ?? (double ?? single ?? '').replace(/\\(.)/g, '$1'))
    } else {
      if (parts.length > 0 && path[at] !== '.') return undefined
      if (parts.length > 0) at++
      bare.lastIndex = at
      const [all = ''] = bare.exec(path) ?? []
      if (hidesNothing(all)) return undefined
      at += all.length
      parts.push(all)
    }
    if (at === start) return undefined
  }
  return parts.length === 0 ? undefined : parts
}

/** What no key is: a part of a name with `*`, the `$` of JSONPath. Keys that are can be quoted. */
function hidesNothing(part: string): boolean {
  return part === '' || part === '$' || (part !== '*' && part.includes('*')) || part !== part.trim()
}

/** The rules that remain below `key`; `'hide'` when `key` itself is at the end of a path. */
export function below(rules: PathRules, key: string): PathRules | 'hide' {
  if (rules.length === 0) return rules
  const rest: string[][] = []
  for (const [first, ...others] of rules) {
    if (first !== '*' && first !== key) continue
    if (others.length === 0) return 'hide'
    rest.push(others)
  }
  return rest
}
