// Makes each command one file, with the libraries it uses inside: `npm create clew` then downloads one small package.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import commonjs from '@rollup/plugin-commonjs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { rollup } from 'rollup'

const commands = ['create-clew', 'clew']
const licences = new Map()

const made = await rollup({
  input: Object.fromEntries(commands.map((name) => [name, `dist/.modules/${name}.js`])),
  plugins: [
    nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }),
    commonjs(),
    {
      name: 'licences',
      moduleParsed({ id }) {
        const folder = packageOf(id)
        if (folder !== undefined) licences.set(folder, licenceOf(folder))
      },
    },
  ],
  onwarn(warning) {
    if (!['THIS_IS_UNDEFINED', 'CIRCULAR_DEPENDENCY'].includes(warning.code))
      throw new Error(warning.message)
  },
})
await made.write({ dir: 'dist', format: 'es', chunkFileNames: '[name].js' })
await made.close()
writeFileSync('dist/LICENSES.md', [...licences.values()].sort().join('\n'))
for (const name of commands) chmodSync(`dist/${name}.js`, 0o755)
rmSync('dist/.modules', { recursive: true })

function packageOf(id) {
  if (!id.includes('node_modules')) return undefined
  let folder = dirname(id)
  while (!existsSync(join(folder, 'package.json')) || !nameOf(folder)) folder = dirname(folder)
  return folder
}

function nameOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name
}

function licenceOf(folder) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8')
  return `# ${name} ${version}\n\n${text.trim()}\n`
}
