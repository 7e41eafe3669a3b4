import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { folder } from '../build/pages.js'
import { packages } from '../build/routes.js'

type Item = DefaultTheme.SidebarItem

/** Each part of the site has a short list of its own, and the way to the other parts below it. */
export function sidebar(): DefaultTheme.SidebarMulti {
  const start = group('Start', '', [
    'getting-started',
    'create-clew',
    'what-you-get',
    'orders',
    'comparison',
  ])
  const guides = { text: 'Guides', items: packages.map((name) => item(name, 'index')) }
  const more = {
    text: 'More',
    items: [
      { text: 'Frameworks', link: '/frameworks/' },
      { text: 'Recipes', link: '/recipes/' },
      { text: 'Coming from', link: '/coming-from/' },
      { text: 'Compatibility', link: '/project/compatibility' },
      { text: 'Architecture', link: '/project/architecture' },
      { text: 'API reference', link: '/reference/' },
    ],
  }
  const parts = {
    '/frameworks/': group('Frameworks', 'frameworks', frameworks),
    '/recipes/': group('Recipes', 'recipes', recipes),
    '/coming-from/': group('Coming from', 'coming-from', origins),
    '/project/': group('Project', 'project', ['architecture', 'decisions']),
  }
  return {
    '/': [start, guides, more],
    ...Object.fromEntries(
      Object.entries(parts).map(([path, part]) => [path, [part, start, guides, more]]),
    ),
    ...Object.fromEntries(
      packages.map((name) => [`/${name}/`, [guide(name), guides, start, more]]),
    ),
    '/reference/': [
      { text: 'Documentation', link: '/getting-started' },
      ...packages.map((name) => ({
        text: `@clew/${name}`,
        items: [{ text: 'API', link: `/reference/${name}` }, ...pages(`reference/${name}`, [])],
      })),
    ],
  }
}

/** Where the title of a copied page is no name for it. */
const titles: Readonly<Record<string, string>> = {
  'orders.md': 'A complete service',
  'create-clew.md': 'npm create clew',
}

const frameworks = ['index', 'node-http', 'express', 'fastify', 'koa', 'hono', 'nest']
const recipes = [
  'index',
  'kubernetes',
  'docker',
  'nginx',
  'haproxy',
  'aws-load-balancer',
  'prometheus-and-grafana',
  'collector',
  'sentry-and-datadog',
  'lambda',
  'workers-and-queues',
  'testing',
  'bundlers',
]
const origins = [
  'index',
  'clue-and-goa',
  'goa-production-page',
  'pino',
  'winston',
  'terminus',
  'passport',
  'envalid',
  'prom-client',
  'opentelemetry-node-sdk',
]

/** The guide of a package, then the pages that say everything. */
function guide(name: string): Item {
  const text = titleOf(`${name}/index.md`)
  const [first, ...rest] = pages(name, ['index', 'frameworks'])
  return { text, items: [{ ...first, text: 'Guide' }, ...rest] }
}

function group(text: string, path: string, first: readonly string[]): Item {
  return { text, items: pages(path, first) }
}

/** The pages of a folder: those named first, then the rest by title. */
function pages(path: string, first: readonly string[]): Item[] {
  const files = existsSync(join(folder, path)) ? readdirSync(join(folder, path)) : []
  const names = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3))
  const named = first.filter((name) => names.includes(name)).map((name) => item(path, name))
  if (path === '') return named
  const others = names.filter((name) => !first.includes(name)).map((name) => item(path, name))
  return [...named, ...others.sort((a, b) => (a.text ?? '').localeCompare(b.text ?? ''))]
}

function item(path: string, name: string): Item {
  return {
    text: titleOf(join(path, `${name}.md`)),
    link: `/${path === '' ? '' : `${path}/`}${name === 'index' ? '' : name}`,
  }
}

function titleOf(file: string): string {
  const text = readFileSync(join(folder, file), 'utf8')
  const known = titles[file]
  if (known !== undefined) return known
  const title = /^sidebar: (.*)$/m.exec(text)?.[1] ?? /^# (.*)$/m.exec(text)?.[1] ?? file
  return title.replace(/[`*]/g, '')
}
