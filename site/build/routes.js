// Where each file of the repository is on the site.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { root } from './places.js'

export const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The eight, in the order in which the site shows them. */
export const packages = [
  'log',
  'trace',
  'metrics',
  'health',
  'debug',
  'security',
  'server',
  'config',
]

const pagesOf = (name) =>
  readdirSync(join(root, 'packages', name, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => [`packages/${name}/docs/${file}`, `/${name}/${file.slice(0, -3)}`])

const ofProject = readdirSync(join(root, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => [`docs/${file}`, `/project/${file.slice(0, -3)}`])

/** Files that become pages as they are. */
export const copied = new Map([
  ...packages.flatMap(pagesOf),
  ...ofProject,
  ['ARCHITECTURE.md', '/project/architecture'],
  ['CONTRIBUTING.md', '/project/contributing'],
  ['SECURITY.md', '/project/security'],
  ['examples/orders/README.md', '/orders'],
  ['packages/create-clew/README.md', '/create-clew'],
])

/** Files and folders whose text is on a page that has more to say. */
const shown = new Map([
  ['README.md', '/'],
  ...packages.flatMap((name) => [
    [`packages/${name}`, `/${name}/`],
    [`packages/${name}/README.md`, `/${name}/`],
  ]),
  ['examples/orders', '/orders'],
  ['packages/create-clew', '/create-clew'],
  ['examples/frameworks', '/frameworks/'],
  ['examples/frameworks/README.md', '/frameworks/'],
  ['examples/deploy', '/recipes/'],
  ['examples/deploy/README.md', '/recipes/'],
  ['examples/deploy/README.md#kubernetes', '/recipes/kubernetes'],
  ['examples/deploy/README.md#docker', '/recipes/docker'],
  ['examples/deploy/README.md#nginx', '/recipes/nginx'],
  ['examples/deploy/README.md#haproxy', '/recipes/haproxy'],
  [
    'examples/deploy/README.md#aws-ecs-behind-an-application-load-balancer',
    '/recipes/aws-load-balancer',
  ],
  ['examples/deploy/README.md#dashboard-and-alerts', '/recipes/prometheus-and-grafana'],
])

/** The link of a file, as another one of the site writes it; what is not on the site is in the repository. */
export function linkFrom(file, link) {
  // What is packed names other packages, and pages outside of it, by their addresses in the repository.
  const own = link.match(/^(.*)\/(?:tree|blob)\/main\/([^#]*)(?:#(.*))?$/)
  if (own?.[1] === repository) return pageOf(own[2], own[3]) ?? link
  if (/^(?:[a-z]+:|\/)/.test(link)) return link
  const [path, anchor] = link.split('#')
  // GitHub resolves these from its page of the file.
  if (path.startsWith('../../security/')) return `${repository}/${path.slice('../../'.length)}`
  const target = path === '' ? file : normalize(join(dirname(file), path)).replace(/\/$/, '')
  const page = pageOf(target, anchor)
  if (page !== undefined) return page
  const hash = anchor === undefined ? '' : `#${anchor}`
  return path === '' ? hash : `${repository}/blob/main/${target}${hash}`
}

/** Where a file is on the site; undefined if it is not there. */
function pageOf(target, anchor) {
  const hash = anchor === undefined ? '' : `#${anchor}`
  const page = shown.get(target + hash)
  if (page !== undefined) return page
  const route = copied.get(target) ?? shown.get(target)
  return route && `${route}${hash}`
}
