import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse, walk } from '../source/syntax.js'
import { packages, root } from './packages.js'

/** The folders whose functions run for each request, call or line. */
const hotFolders = new Set([
  'clients',
  'context',
  'frameworks',
  'grpc',
  'guard',
  'http',
  'interceptors',
  'line',
  'pipeline',
  'requests',
  'scope',
  'span',
  'traffic',
])

/**
 * V8 makes a hash table of an object literal with an accessor, each time anew: one of them per request
 * cost a server two fifths of its throughput. A class has its accessors on the prototype.
 */
export function requestsStayFast() {
  const folders = [
    join(root, 'internal/src'),
    ...packages.map((each) => join(each.directory, 'src')),
  ]
  return folders.flatMap((folder) => filesOf(folder).flatMap(problemsOf))
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path.split('/').some((part) => hotFolders.has(part)))
    .map((path) => join(folder, path))
}

function problemsOf(file) {
  return accessorsIn(readFileSync(file, 'utf8')).map(
    (name) =>
      `${relative(root, file)}: the accessor ${name} in an object literal is slow on the path of a request; use a class`,
  )
}

/** The names of accessors in object literals; those of classes are not meant. */
export function accessorsIn(text) {
  const names = []
  walk(parse(text), (node, around) => {
    const isAccessor = node.type === 'GetterProperty' || node.type === 'SetterProperty'
    // At the top of a module it is made once.
    const isPerCall = around.some(({ type }) => /Function|Method|Constructor/.test(type))
    if (isAccessor && isPerCall) names.push(node.key.value)
  })
  return names
}
