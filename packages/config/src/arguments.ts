import { quote } from './display.ts'
import { type Issue, issueOf, misuse } from './errors.ts'
import { nearest } from './nearest.ts'
import { type Leaf, type Leaves, optionOf } from './spec.ts'

/** What the command line says. */
export interface Arguments {
  readonly values: ReadonlyMap<Leaf, string>
  readonly issues: readonly Issue[]
  readonly help: boolean
}

const maxIssues = 20

/**
 * Reads `--http-addr=:9090`, `--http-addr :9090`, and for a boolean `--verbose` or `--no-verbose`. Problems never quote a value:
 * behind a misspelt name it may be a secret.
 */
export function parseArguments(args: readonly string[], leaves: Leaves): Arguments {
  const declared = optionsOf(leaves)
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
    if (option?.behind !== undefined) index++
    const problem = option ? problemOf(option, values, declared) : noOption(index)
    if (problem) issues.push(problem)
    else if (option?.leaf) values.set(option.leaf, textOf(option) ?? '')
  }
  return { values, issues, help }
}

type Options = ReadonlyMap<string, Leaf>

function optionsOf(leaves: Leaves): Options {
  const options = new Map(Array.from(leaves.values(), (leaf) => [optionOf(leaf), leaf]))
  for (const [name, leaf] of options) {
    const negation = options.get(`no-${name}`)
    if (isFlag(leaf) && negation) {
      const both = `${leaf.path.join('.')} and ${negation.path.join('.')}`
      throw misuse('ERR_CONFIG_DECLARATION', `${both} would both be the option --no-${name}`)
    }
  }
  return options
}

/** An option as it was written. */
interface Option {
  readonly name: string
  /** Undefined when nothing declares it. */
  readonly leaf: Leaf | undefined
  readonly negated: boolean
  /** Its value in the same word, behind `=`. */
  readonly attached: string | undefined
  /** Its value in the next word. */
  readonly behind: string | undefined
}

function readOption(argument: string, next: string | undefined, declared: Options) {
  const [, name, attached] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
  if (name === undefined) return undefined
  const negated = name.startsWith('no-') && !declared.has(name)
  const known = declared.get(negated ? name.slice(3) : name)
  const leaf = negated && known && !isFlag(known) ? undefined : known
  const alone = attached !== undefined || (leaf && isFlag(leaf)) || next?.startsWith('--')
  // Of an unknown option too: its value is not another problem.
  return { name, leaf, negated, attached, behind: alone ? undefined : next } satisfies Option
}

function isFlag(leaf: Leaf): boolean {
  return leaf.definition.grammar.type === 'boolean'
}

/** The text for the variable; undefined where one is missing, or must not be there. */
function textOf({ leaf, negated, attached, behind }: Option): string | undefined {
  if (negated) return attached === undefined ? 'false' : undefined
  return attached ?? behind ?? (leaf && isFlag(leaf) ? 'true' : undefined)
}

function problemOf(
  option: Option,
  values: ReadonlyMap<Leaf, string>,
  declared: Options,
): Issue | undefined {
  const { name, leaf, negated } = option
  if (!leaf) return unknown(name, declared)
  if (leaf.definition.secret) {
    const problem = `--${name} is a secret, and every user of this machine can read a command line`
    return issue('invalid', leaf, problem, `set ${leaf.variable} or ${leaf.variable}_FILE`)
  }
  if (textOf(option) === undefined)
    return issue('invalid', leaf, `--${name} ${negated ? 'takes no value' : 'has no value'}`)
  if (!values.has(leaf)) return undefined
  const { type } = leaf.definition.grammar
  const several = type === 'list' || type === 'map' ? `one ${type} goes into one text` : undefined
  return issue('conflict', leaf, `--${optionOf(leaf)} is given twice`, several)
}

function unknown(name: string, declared: Options): Issue {
  // What stands behind the first sign that no name has may be a value: --api-key:hunter2.
  const plain = /^[A-Za-z0-9_-]{0,64}/.exec(name)?.[0] ?? ''
  const near = nearest(plain, declared.keys())
  const cut = plain === name ? '' : '…'
  const problem = `${quote(`--${plain}${cut}`)} is no option`
  return issue('unknown', undefined, problem, near && `did you mean --${near}?`)
}

function noOption(index: number): Issue {
  return issue('unknown', undefined, `argument ${index + 1} is no option (--name=value)`)
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
