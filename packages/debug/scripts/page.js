// Makes the page of the console: one HTML file with its script and its style in it, as a module that exports strings. Everything that
// it contains of others is bundled here, with their licences beside it in dist.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const common = { absWorkingDir: root, bundle: true, minify: true, write: false, metafile: true }

const script = await build({
  ...common,
  entryPoints: ['page/main.ts'],
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  // Charts and flame graph bring styles of their own, which the style sheet imports.
  loader: { '.css': 'empty' },
  tsconfigRaw: {},
})
const style = await build({ ...common, entryPoints: ['page/style.css'] })

// Nothing in a script may end the element that it is in.
const scriptText = script.outputFiles[0].text.trim().replaceAll('</script', '<\\/script')
const styleText = style.outputFiles[0].text.trim()
const html = readFileSync(`${root}page/page.html`, 'utf8')
  .replace('/* style */', () => styleText)
  .replace('/* script */', () => scriptText)

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const values = { html, scriptHash: hashOf(scriptText), styleHash: hashOf(styleText) }
const lines = Object.entries(values).map(
  ([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`,
)
// For the tests, which run the source, and for the package, which is bundled from what tsc wrote.
for (const folder of ['src/page', 'dist/esm/page']) {
  mkdirSync(`${root}${folder}`, { recursive: true })
  writeFileSync(`${root}${folder}/content.built.js`, lines.join(''))
}

const inputs = [...Object.keys(script.metafile.inputs), ...Object.keys(style.metafile.inputs)]
const bundled = new Set(
  inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
)
const licences = [...bundled].sort().map((path) => {
  const folder = `${root}${path}`
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
  if (file === undefined) throw new Error(`${name} has no licence`)
  return `# ${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
})
mkdirSync(`${root}dist`, { recursive: true })
writeFileSync(`${root}dist/PAGE-LICENSES.md`, licences.join('\n'))
