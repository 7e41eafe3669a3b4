// The API reference, from the docstrings: a page for each entry of each package.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application } from 'typedoc'
import { root, site } from './places.js'
import { packages } from './routes.js'

export async function writeReference(folder) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entryPoints(),
    tsconfig: join(site, 'tsconfig.reference.json'),
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    skipErrorChecking: true, // `pnpm typecheck` has done that
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    readme: 'none',
    logLevel: 'Error',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    publicPath: '/reference/',
    useHTMLAnchors: true,
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases'],
    kindSortOrder: ['Function', 'Variable', 'Class', 'Interface', 'TypeAlias'],
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc cannot read the packages')
  for (const entry of project.children) entry.name = entry.name.replace('/src', '')
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project)
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.md')) retitle(join(folder, file))
  }
}

/** The title of a page is what is imported, and the column on its right lists what there is. */
function retitle(file) {
  const text = readFileSync(file, 'utf8')
    .replace(/^(?:<a id="[^"]*"><\/a>\s*)?# clew\n[\s\S]*?(?=^- )/m, '# API reference\n\n')
    .replace(/^# (?=[a-z])/m, '# @clew/')
  writeFileSync(file, `---\noutline: [2, 3]\n---\n\n${text}`)
}

/** The modules that the packages export, but for those that only do something: `server/prepare`. */
function entryPoints() {
  return packages.flatMap((name) => {
    const package_ = join(root, 'packages', name)
    const { exports } = JSON.parse(readFileSync(join(package_, 'package.json'), 'utf8'))
    return Object.values(exports)
      .filter((entry) => entry['@clew/source'] !== undefined)
      .map((entry) => join(package_, entry['@clew/source']))
      .filter((file) => /^export /m.test(readFileSync(file, 'utf8')))
  })
}
