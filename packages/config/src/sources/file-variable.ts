import { isHidden, type Leaf } from '../declaration/leaves.ts'
import { type Issue, issueOf } from '../issues/issue.ts'
import { type FileText, readText, withoutLineBreak } from '../system/file.ts'
import { withoutCredentials } from '../text/credentials.ts'
import { plain, quote } from '../text/quote.ts'
import type { Found } from './layer.ts'

/** `X_FILE`: a variable that names the file with the value of X. */
export interface FileVariable {
  readonly leaf: Leaf
  readonly name: string
  readonly path: string
}

/** The content of the file, or why it cannot be used. */
export function readFileVariable(variable: FileVariable, maxBytes: number): Found | Issue {
  const { leaf, name, path } = variable
  if (typeof path !== 'string') return notAString(leaf, name)
  const content = readText(path, maxBytes)
  const text = content.ok ? withoutLineBreak(content.text) : ''
  if (content.ok && (text !== '' || leaf.definition.allowEmpty)) {
    return { text, source: `file ${plain(path, 256)}`, file: absolute(path) }
  }
  return issueOf({
    code: 'unreadable',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `the file that ${name} names ${content.ok ? 'is empty' : content.why}`,
    // The path may be the secret itself, set by mistake.
    received: isHidden(leaf) ? undefined : quote(withoutCredentials(path.slice(0, 4096)), 256),
    hint: hintOf(variable, content),
  })
}

function hintOf({ leaf, name }: FileVariable, content: FileText): string | undefined {
  if (!isHidden(leaf)) return `if ${name} has another purpose, declare it as a variable of its own`
  const isMissing = !content.ok && content.code === 'ENOENT'
  return isMissing ? `${name} takes the path of a file, not the value` : undefined
}

/** Only possible if the application passes its own environment. */
function notAString(leaf: Leaf, name: string): Issue {
  return issueOf({
    code: 'unreadable',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${name} is not a string`,
    source: 'environment',
  })
}

/** The working directory may change before the file is read again. */
function absolute(path: string): string {
  return process.getBuiltinModule('node:path').resolve(path)
}
