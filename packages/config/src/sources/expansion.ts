import { type Issue, issueOf } from '../issues/issue.ts'
import type { NamedFile } from './env-file.ts'
import { type Credential, type Layer, ownText } from './layer.ts'
import { type Part, partsOf } from './references.ts'

/** Deeper references are refused, so that they cannot exhaust the stack. */
const maxDepth = 32
const maxProblems = 20

/** Whether the value of a variable must not be shown. */
export type CredentialOf = (name: string) => Credential | undefined

export interface Expanded {
  readonly text: string
  readonly credential?: Credential | undefined
  /** It has a problem, which is reported. */
  readonly failed?: boolean
}

function stronger(one: Credential | undefined, other: Credential | undefined) {
  return one === undefined || (other?.declared && !one.declared) ? other : one
}

/** A variable of a file. */
interface Place {
  readonly file: NamedFile
  readonly variable: string
}

const failed: Expanded = { text: '', failed: true }

interface Surroundings {
  readonly env: Layer['texts']
  readonly credentialOf: CredentialOf
  readonly maxBytes: number
}

/**
 * Replaces `${NAME}` in the values of `.env` files: by the value of the environment, which is never
 * expanded itself, or of the first file that has one. Without a value, `${NAME:-default}` is the
 * default; a reference without a default is a problem, as is one that leads back to itself. All
 * expanded texts together have at most `maxBytes`.
 */
export function expandFiles(
  files: readonly NamedFile[],
  { env, credentialOf, maxBytes }: Surroundings,
): { readonly layers: readonly Layer[]; readonly issues: readonly Issue[] } {
  const done = new Map<NamedFile, Map<string, Expanded>>(files.map((file) => [file, new Map()]))
  const open: Place[] = []
  const issues: Issue[] = []
  let left = maxBytes

  function refuse({ file, variable }: Place, problem: string, hint?: string): Expanded {
    const where = `${file.name}:${file.values.get(variable)?.line}`
    if (issues.length < maxProblems) {
      issues.push(issueOf({ code: 'syntax', problem: `${where} ${problem}`, hint }))
    }
    return failed
  }

  /** Each variable once, so that what it refers to is not read twice, nor reported twice. */
  function expanded(place: Place): Expanded {
    const { file, variable } = place
    const known = done.get(file)?.get(variable)
    if (known) return known
    const cycle = open.findIndex((one) => one.file === file && one.variable === variable)
    if (cycle >= 0) {
      const names = [...open.slice(cycle), place].map((one) => one.variable)
      return refuse(place, `refers to itself: ${names.join(' → ')}`)
    }
    if (open.length === maxDepth) return refuse(place, `is more than ${maxDepth} references deep`)
    open.push(place)
    const result = compute(place)
    open.pop()
    done.get(file)?.set(variable, result)
    return result
  }

  function compute(place: Place): Expanded {
    const { value = '', template } = place.file.values.get(place.variable) ?? {}
    const parts = template ? partsOf(template) : [value]
    if (typeof parts === 'string') return refuse(place, parts)
    const texts: string[] = []
    let credential: Credential | undefined
    for (const part of parts) {
      const found = typeof part === 'string' ? { text: part } : resolved(place, part)
      if (found.failed) return failed
      left -= Buffer.byteLength(found.text)
      if (left < 0) return refuse(place, `has more than ${maxBytes} bytes when it is expanded`)
      texts.push(found.text)
      credential = stronger(credential, found.credential)
    }
    return { text: texts.join(''), credential }
  }

  function resolved(place: Place, { name, fallback }: Exclude<Part, string>): Expanded {
    const found = lookUp(name)
    if (found) return { ...found, credential: stronger(credentialOf(name), found.credential) }
    if (fallback !== undefined) return { text: fallback }
    const hint = `write \${${name}:-} if it may be empty`
    return refuse(place, `refers to ${name}, which is not set`, hint)
  }

  /** As for variables, an empty text counts as unset. */
  function lookUp(name: string): Expanded | undefined {
    const text = ownText(env, name)
    if (typeof text === 'string' && text !== '') return { text }
    for (const file of files) {
      if (!file.values.has(name)) continue
      const found = expanded({ file, variable: name })
      if (found.text !== '' || found.failed) return found
    }
    return undefined
  }

  const layers = files.map((file): Layer => {
    const texts: Record<string, string> = Object.create(null)
    for (const variable of file.values.keys()) texts[variable] = expanded({ file, variable }).text
    return {
      texts,
      source: (variable) => `${file.name}:${file.values.get(variable)?.line}`,
      credentialIn: (variable) => done.get(file)?.get(variable)?.credential,
    }
  })
  return { layers, issues }
}
