import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, walk } from '../source/syntax.js'
import { packages } from './packages.js'

/**
 * Errors are made in one place, so that all packages say the same in the same words; and each code can be provoked from outside, with
 * what stands in errors/<package>.js, and comes then.
 */
export async function errorsSpeakAlike() {
  const provoked = await Promise.all(packages.map(provokedProblems))
  return [...packages.flatMap(({ files }) => files.flatMap(madeProblems)), ...provoked.flat()]
}

// Errors that are none of the package's own words, and why.
const others = {
  'packages/config/src/commands/usage-error.ts': {
    'class UsageError extends Error': 'a line that the command prints; no program gets it',
  },
  'packages/config/src/kinds/url.ts': {
    'new TypeError()': 'what the engine says of any property that cannot be set',
  },
  'packages/health/src/protocol/messages.ts': {
    'new RangeError()': 'caught by @grpc/grpc-js, which answers INTERNAL; no program gets it',
  },
  'packages/log/src/writer/destination.ts': {
    'Object.assign(…, { code })': 'what the system says of a pipe that nobody reads',
  },
  'packages/log/src/writer/stream-destination.ts': {
    'Object.assign(…, { code })': 'what the system says of a pipe that has ended',
  },
  'packages/security/src/schemes/frozen-copy.ts': {
    'new RangeError()': 'caught where a credential is judged; no program gets it',
    'new TypeError()': 'caught where a credential is judged; no program gets it',
  },
}

function madeProblems({ path, text }) {
  const made = errorsMadeIn(text)
  const excepted = Object.keys(others[path] ?? {})
  return [
    ...made
      .filter((what) => !excepted.includes(what))
      .map((what) => `${path} makes an error itself: ${what}`),
    ...excepted
      .filter((what) => !made.includes(what))
      .map((what) => `${path} need not be excepted any more: ${what}`),
  ]
}

/** Where a source makes errors without those of the private package. */
export function errorsMadeIn(text) {
  const made = []
  walk(parse(text), (node) => {
    const what = madeBy(node)
    if (what !== undefined) made.push(what)
  })
  return made
}

function madeBy(node) {
  if (node.type === 'NewExpression' && /^(Type|Range)Error$/.test(node.callee.value)) {
    return `new ${node.callee.value}()`
  }
  if (node.type === 'CallExpression' && isErrorWithCode(node)) return 'Object.assign(…, { code })'
  if (node.type === 'AssignmentExpression' && node.left.property?.value === 'code') {
    return '….code = …'
  }
  if (/^Class(Declaration|Expression)$/.test(node.type) && node.superClass?.value === 'Error') {
    return `class ${node.identifier?.value ?? ''} extends Error`
  }
  return undefined
}

function isErrorWithCode({ callee, arguments: [target, ...sources] }) {
  return (
    callee.object?.value === 'Object' &&
    callee.property?.value === 'assign' &&
    target?.expression.type === 'NewExpression' &&
    target.expression.callee.value?.endsWith('Error') &&
    sources.some(({ expression }) =>
      expression.properties?.some((property) => (property.key ?? property).value === 'code'),
    )
  )
}

// In a process for each package: some of them change what is global, and some provocations end with a signal.
async function provokedProblems({ name, folder, files }) {
  const program = fileURLToPath(new URL('errors/provoke.js', import.meta.url))
  const child = spawn(process.execPath, [program, name.slice(6)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text
    })
  }
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  if (code !== 0) return [`${name}: the provocations end with ${code}: ${output.stderr.trim()}`]
  const { problems, codes, functions } = JSON.parse(output.stdout)
  return [
    ...problems,
    ...differences(codesIn(files), codes),
    ...documented(folder)
      .filter((title) => !functions.includes(`${name.slice(6)}.${title}`))
      .map((title) => `${title}() has options, and scripts/rules/errors does not try them`),
  ].map((text) => `${name}: ${text}`)
}

/** The functions with options, as the headings of the package's pages name them: `create(options?)`. */
function documented(folder) {
  const docs = join(folder, 'docs')
  const pages = [
    join(folder, 'README.md'),
    ...(existsSync(docs) ? readdirSync(docs).map((page) => join(docs, page)) : []),
  ]
  return pages
    .flatMap((page) => readFileSync(page, 'utf8').match(/^##+ .*$/gm) ?? [])
    .flatMap((heading) => [...heading.matchAll(/`(\w+)\([^`]*\boptions\??\)`/g)])
    .map(([, title]) => title)
}

function codesIn(files) {
  const found = files.flatMap(({ text }) => [...text.matchAll(/'(ERR_[A-Z0-9_]+)'/g)])
  return new Set(found.map(([, code]) => code))
}

function differences(written, provoked) {
  return [
    ...[...written]
      .filter((code) => !provoked.includes(code))
      .map((code) => `nothing in scripts/rules/errors provokes ${code}`),
    ...provoked
      .filter((code) => !written.has(code))
      .map((code) => `${code} is provoked, and is not in the sources`),
  ]
}
