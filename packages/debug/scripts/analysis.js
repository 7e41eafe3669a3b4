// Makes the program that analyses heap snapshots in a process of its own: one text, which `node -e` runs, so that no file has to be found
// by what bundles the application.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['analysis/main.ts'],
  bundle: true,
  minify: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  tsconfigRaw: {},
})
const text = `export const analysis = ${JSON.stringify(outputFiles[0].text.trim())}\n`
// For the tests, which run the source, and for the package, which is bundled from what tsc wrote.
for (const folder of ['src/heap', 'dist/esm/heap']) {
  mkdirSync(`${root}${folder}`, { recursive: true })
  writeFileSync(`${root}${folder}/analysis.built.js`, text)
}
