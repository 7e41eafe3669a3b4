// The pages from which VitePress builds the site: own ones with what they include, copied ones, and the API reference.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { adapted, expand, withoutRemarks } from './includes.js'
import { root, site } from './places.js'
import { writeReference } from './reference.js'
import { copied } from './routes.js'

export const folder = join(site, '.pages')

export async function writePages() {
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(site, 'public'), join(folder, 'public'), { recursive: true })
  for (const file of readdirSync(join(site, 'pages'), { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.md')) write(file, withoutRemarks(expand(own(file), `site/pages/${file}`)))
  }
  for (const [file, route] of copied) {
    write(`${route.slice(1)}.md`, adapted(readFileSync(join(root, file), 'utf8'), file))
  }
  await writeReference(join(folder, 'reference'))
}

const own = (file) => readFileSync(join(site, 'pages', file), 'utf8')

function write(file, text) {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
