// What a package changes in the applications of examples/frameworks, as a table for the README there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../examples/frameworks/', import.meta.url)
const packages = ['log', 'trace', 'metrics', 'health', 'debug', 'security', 'server', 'config']
const names = {
  'node-http': 'node:http',
  express5: 'Express 5',
  express4: 'Express 4',
  fastify: 'Fastify 5',
  koa: 'Koa 3',
  hono: 'Hono 4',
  'nest-express': 'Nest 11 on Express',
  'nest-fastify': 'Nest 11 on Fastify',
  lambda: 'AWS Lambda',
  worker: 'a worker without HTTP',
}

/** More would be asked of nobody. */
export const maxLines = 5

/** The lines that a unified diff adds, removes or replaces: a replaced line counts once. */
export function changedLines(diff) {
  let [lines, added, removed] = [0, 0, 0]
  for (const line of [...diff.split('\n').slice(2), '@@']) {
    if (line.startsWith('+')) added++
    else if (line.startsWith('-')) removed++
    else {
      lines += Math.max(added, removed)
      added = removed = 0
    }
  }
  return lines
}

/** Each application with the lines of each diff in its folder. */
export function frameworkDiffs() {
  const applications = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/plain.ts`, folder)))
    .map(({ name }) => name)
  return applications.map((application) => {
    const at = new URL(`${application}/`, folder)
    const diffs = readdirSync(at).filter((file) => file.endsWith('.diff'))
    return {
      application,
      lines: new Map(
        diffs.map((file) => [
          file.slice(0, -'.diff'.length),
          changedLines(readFileSync(new URL(file, at), 'utf8')),
        ]),
      ),
    }
  })
}

/** The table, in the order of `names`; an application without a name there comes last. */
function tableOf(applications) {
  const order = Object.keys(names)
  const place = ({ application }) => order.indexOf(application) + 1 || order.length + 1
  const row = ({ application, lines }) => {
    const link = (name, text) =>
      lines.has(name) ? `[${text ?? lines.get(name)}](${application}/${name}.diff)` : '–'
    const plain = `[${names[application] ?? application}](${application}/plain.ts)`
    return `| ${[plain, ...packages.map((name) => link(name)), link('all')].join(' | ')} |`
  }
  return [
    `| application | ${packages.join(' | ')} | all of them |`,
    `|---|${'---|'.repeat(packages.length + 1)}`,
    ...[...applications].sort((a, b) => place(a) - place(b)).map(row),
  ].join('\n')
}

const section = /(<!-- lines: start -->\n)[\s\S]*(<!-- lines: end -->)/

/** `readme` with the table as it should be. */
export const withTable = (readme) =>
  readme.replace(section, `$1\n${tableOf(frameworkDiffs())}\n\n$2`)

export const frameworksReadme = new URL('README.md', folder)
