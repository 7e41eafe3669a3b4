import { quote } from './display.ts'
import type { Issue } from './errors.ts'
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
  const declared = new Map(Array.from(leaves.values(), (leaf) => [optionOf(leaf), leaf]))
  const values = new Map<Leaf, string>()
  const issues: Issue[] = []
  let help = false
  for (let index = 0; index < args.length && issues.length < maxIssues; index++) {
    const argument = String(args[index])
    if (argument === '--') break
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument)
    const option = match?.[1] ?? ''
    if ((argument === '--help' && !declared.has('help')) || argument === '-h') {
      help = true
      continue
    }
    if (!match) {
      issues.push(issue('unknown', undefined, `argument ${index + 1} is no option (--name=value)`))
      continue
    }
    const negated = option.startsWith('no-') && !declared.has(option)
    const leaf = declared.get(negated ? option.slice(3) : option)
    const flag = leaf?.definition.grammar.type === 'boolean'
    if (!leaf || (negated && !flag)) {
      const near = nearest(option, declared.keys())
      issues.push(
        issue(
          'unknown',
          undefined,
          `${quote(`--${option}`)} is no option`,
          near && `did you mean --${near}?`,
        ),
      )
      // Its value, if that is a word of its own, is not another problem.
      if (match[2] === undefined && !String(args[index + 1] ?? '--').startsWith('-')) index++
      continue
    }
    const name = `--${option}`
    if (leaf.definition.secret) {
      issues.push(
        issue(
          'invalid',
          leaf,
          `${name} is a secret, and every user of this machine can read a command line`,
          `set ${leaf.variable} or ${leaf.variable}_FILE`,
        ),
      )
      if (match[2] === undefined && !String(args[index + 1] ?? '--').startsWith('--')) index++
      continue
    }
    const following = args[index + 1]
    const value = negated
      ? match[2] === undefined
        ? 'false'
        : undefined
      : (match[2] ?? (flag ? 'true' : following?.startsWith('--') ? undefined : following))
    if (value === undefined) {
      issues.push(
        issue('invalid', leaf, negated ? `${name} takes no value` : `${name} has no value`),
      )
    } else if (values.has(leaf)) {
      issues.push(issue('conflict', leaf, `--${optionOf(leaf)} is given twice`))
    } else {
      values.set(leaf, value)
    }
    if (!flag && match[2] === undefined && value !== undefined) index++
  }
  return { values, issues, help }
}

function issue(code: Issue['code'], leaf: Leaf | undefined, problem: string, hint?: string): Issue {
  return {
    code,
    variable: leaf?.variable,
    path: leaf?.path.join('.'),
    problem,
    expected: undefined,
    received: undefined,
    source: 'command line',
    hint,
  }
}
