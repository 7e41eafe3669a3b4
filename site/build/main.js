// Builds the site: `node build/main.js`. Ends with 1 where a link leads nowhere.

import { join } from 'node:path'
import { build } from 'vitepress'
import { checkLinks } from './links.js'
import { writePages } from './pages.js'
import { site } from './places.js'

await writePages()
await build(site)
const { problems, external, pages } = checkLinks(join(site, 'dist'), process.env.SITE_BASE)
if (process.argv.includes('--external')) for (const url of external) console.log(url)
for (const problem of problems) console.error(problem)
console.log(`${pages} pages, ${external.length} links to elsewhere, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
