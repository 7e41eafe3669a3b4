import { type Leaf, type Leaves, optionOf } from '../declaration/leaves.ts'
import { declarationMistake } from '../declaration/mistakes.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { nearest } from '../text/nearest.ts'
import { quote } from '../text/quote.ts'

/** The content of the command line. */
export interface Arguments {
  readonly values: ReadonlyMap<Leaf, string>
  readonly issues: readonly Issue[]
  readonly help: boolean
}

const maxIssues = 20

/**
 * Parses `--http-addr=:9090`, `--http-addr :9090`, and for a boolean `--verbose` or `--no-verbose`.
 * Problems never quote a value: after a misspelt name, it may be a secret.
 * @param caller - the public function that was given the command line: `config.load`
 */
export function parseArguments(args: readonly string[], leaves: Leaves, caller: string): Arguments {
  const declared = optionsOf(leaves, caller)
  const values = new Map<Leaf, string>()
  const issues: Issue[] = []
  let help = false
  for (let index = 0; index < args.length && issues.length < maxIssues; index++) {
    const argument = args[index] ?? ''
    if (argument === '--') break
    if (argument === '-h' || (argument === '--help' && !declared.has('help'))) {
      help = true
      continue
    }
    const option = readOption(argument, args[index + 1], declared)
    if (option?.next !== undefined) index++
    const problem = option ? problemOf(option, values, declared) : notAnOption(index)
    if (problem) issues.push(problem)
    else if (option?.leaf) values.set(option.leaf, textOf(option) ?? '')
  }
  return { values, issues, help }
}

type Options = ReadonlyMap<string, Leaf>

function optionsOf(leaves: Leaves, caller: string): Options {
  const options = new Map(Array.from(leaves.values(), (leaf) => [optionOf(leaf), leaf]))
  for (const [name, leaf] of options) {
    const negation = options.get(`no-${name}`)
    if (isFlag(leaf) && negation) {
      const both = `${leaf.path.join('.')} and ${negation.path.join('.')}`
      throw declarationMistake(`${caller}: ${both} of spec must not share the option --no-${name}`)
    }
  }
  return options
}

/** An option as it was given. */
interface Option {
  readonly name: string
  /** Undefined if it is not declared. */
  readonly leaf: Leaf | undefined
  readonly negated: boolean
  /** Its value in the same argument, after `=`. */
  readonly attached: string | undefined
  /** Its value in the next argument. */
  readonly next: string | undefined
}

function readOption(argument: string, next: string | undefined, declared: Options) {
  const [, name, attached] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
  if (name === undefined) return undefined
  const negated = name.startsWith('no-') && !declared.has(name)
  const known = declared.get(negated ? name.slice(3) : name)
  const leaf = negated && known && !isFlag(known) ? undefined : known
  const standsAlone = attached !== undefined || (leaf && isFlag(leaf)) || next?.startsWith('--')
  // Even for an unknown option, so that its value is not reported as another problem.
  return { name, leaf, negated, attached, next: standsAlone ? undefined : next } satisfies Option
}

function isFlag(leaf: Leaf): boolean {
  return leaf.definition.grammar.type === 'boolean'
}

/** The text for the variable; undefined if it is missing, or not allowed. */
function textOf({ leaf, negated, attached, next }: Option): string | undefined {
  if (negated) return attached === undefined ? 'false' : undefined
  return attached ?? next ?? (leaf && isFlag(leaf) ? 'true' : undefined)
}

function problemOf(
  option: Option,
  values: ReadonlyMap<Leaf, string>,
  declared: Options,
): Issue | undefined {
  const { name, leaf, negated } = option
  if (!leaf) return unknown(name, declared)
  if (leaf.definition.secret) {
    const problem = `--${name} is a secret, and all users of a machine can see its command lines`
    return issue('invalid', leaf, problem, `set ${leaf.variable} or ${leaf.variable}_FILE`)
  }
  if (textOf(option) === undefined)
    return issue('invalid', leaf, `--${name} ${negated ? 'takes no value' : 'needs a value'}`)
  if (!values.has(leaf)) return undefined
  const { type } = leaf.definition.grammar
  const several =
    type === 'list' || type === 'map' ? `write the whole ${type} as one value` : undefined
  return issue('conflict', leaf, `--${optionOf(leaf)} is given more than once`, several)
}

function unknown(name: string, declared: Options): Issue {
  // What follows the first character that no name has may be a value: --api-key:hunter2.
  const plain = /^[A-Za-z0-9_-]{0,64}/.exec(name)?.[0] ?? ''
  const near = nearest(plain, declared.keys())
  const cut = plain === name ? '' : '…'
  const problem = `unknown option ${quote(`--${plain}${cut}`)}`
  return issue('unknown', undefined, problem, near && `did you mean --${near}?`)
}

function notAnOption(index: number): Issue {
  return issue('unknown', undefined, `argument ${index + 1} is not an option (--name=value)`)
}

function issue(code: Issue['code'], leaf: Leaf | undefined, problem: string, hint?: string): Issue {
  const variable = leaf?.variable
  return issueOf({
    code,
    variable,
    path: leaf?.path.join('.'),
    problem,
    source: 'command line',
    hint,
  })
}
