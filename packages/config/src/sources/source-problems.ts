import type { Leaf } from '../declaration/leaves.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import type { Credential } from './layer.ts'

/** X and X_FILE are both set. */
export function fileConflict(leaf: Leaf, variable: string, source: string): Issue {
  return issueOf({
    ...identity(leaf),
    code: 'conflict',
    problem: `${variable} and ${variable}_FILE are both set`,
    source,
    hint: 'unset one of them',
  })
}

/** A variable and its former name have different values. */
export function aliasConflict(leaf: Leaf, variable: string, alias: string): Issue {
  return issueOf({
    ...identity(leaf),
    code: 'conflict',
    problem: `${variable} and ${alias} are both set, to different values`,
    hint: `${alias} is a former name of ${leaf.variable}: unset it`,
  })
}

/** A text in a `.env` file contains a credential, but would be shown. */
export function credentialProblem(
  leaf: Leaf,
  variable: string,
  { name, declared }: Credential,
): Issue {
  return issueOf({
    ...identity(leaf),
    code: 'invalid',
    problem: `${variable} contains \${${name}}, which is a ${declared ? 'secret' : 'credential'}`,
    hint:
      variable === leaf.variable
        ? 'a value that contains a secret must be declared as a secret'
        : 'the name of a file may be shown',
  })
}

function identity({ variable, path }: Leaf) {
  return { variable, path: path.join('.') }
}
