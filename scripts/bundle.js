// Makes one file per format of the dozens that tsc wrote, with what is loaded later in files of its own: finding and
// loading dozens of files costs a process more of its start than what stands in them. What a package uses of the private one becomes a part
// of it.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { publishDeclarations } from './declarations.js'
import { calledBy, eager, startOf } from './eager.js'
import { lineMaps } from './line-maps.js'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.values(manifest.exports)
  .map((entry) => entry['@clew/source'])
  .filter(Boolean)
  .map((source) => basename(source, '.ts'))
const commands = Object.values(manifest.bin ?? {}).map((file) => basename(file, '.js'))

const internal = '@clew/internal/'
const external = (id) => !/^[./]/.test(id) && !id.startsWith(internal)
const chunks = {
  chunkFileNames: 'chunks/[name].js',
  minifyInternalExports: false,
  sourcemap: true,
  // With the text of the sources, maps would be two thirds of what is installed.
  sourcemapExcludeSources: true,
  sourcemapPathTransform: (path) => path.replace(/^.*\/internal\/src\//, '../../shared/'),
}

const privatePackage = {
  name: 'private-package',
  resolveId(id) {
    if (!id.startsWith(internal)) return null
    const path = `../internal/dist/${id.slice(internal.length)}.js`
    return fileURLToPath(new URL(path, import.meta.url))
  },
}

/** So that a stack trace, mapped, ends in TypeScript. */
const typescriptMaps = {
  name: 'typescript-maps',
  load(id) {
    if (!existsSync(`${id}.map`)) return null
    return { code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) }
  },
}

/** A dependency without a CommonJS form. Jest, and Node with `--no-experimental-require-module`, cannot `require` it. */
function isModuleOnly(name) {
  const { type, exports } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
  return type === 'module' && !JSON.stringify(exports).includes('"require"')
}

/** Copies what is used of such dependencies, with their licences. */
const copies = (names) => ({
  name: 'copies',
  resolveId(id) {
    if (!names.includes(id)) return null
    return createRequire(resolve('package.json')).resolve(id)
  },
  generateBundle() {
    for (const name of names) {
      const file = readdirSync(`node_modules/${name}`).find((each) => /^licen[cs]e/i.test(each))
      if (file === undefined) throw new Error(`${name} has no licence`)
      const source = readFileSync(`node_modules/${name}/${file}`, 'utf8')
      this.emitFile({ type: 'asset', fileName: `chunks/LICENSE.${name}.md`, source })
    }
  },
})

const optional = Object.keys(manifest.peerDependenciesMeta ?? {})

/**
 * In CommonJS the `import()` of an optional peer becomes a `require` inside of `try`: the form which bundlers allow to lead
 * nowhere. All of these peers are CommonJS themselves.
 */
const optionalPeers = {
  name: 'optional-peers',
  renderDynamicImport({ format, targetModuleId }) {
    if (format !== 'cjs' || !optional.includes(targetModuleId)) return null
    return {
      left: '(() => { try { return Promise.resolve(require(',
      right: ')) } catch (error) { return Promise.reject(error) } })()',
    }
  },
}

async function bundle(names, outputs, isExternal, copied = []) {
  const input = Object.fromEntries(names.map((name) => [name, `dist/esm/${name}.js`]))
  const made = await rollup({
    input,
    external: isExternal,
    plugins: [privatePackage, typescriptMaps, copies(copied), optionalPeers],
    onwarn(warning) {
      // tsc's helper for a dynamic import starts with `this &&`; everything else is a mistake.
      if (warning.code !== 'THIS_IS_UNDEFINED') throw new Error(warning.message)
    },
  })
  return { made, outputs }
}

const esm = { dir: 'dist/esm', format: 'es', ...chunks }
// require() inside, also where the source imports later: a CommonJS test runner cannot do a real import().
const cjs = {
  dir: 'dist/cjs',
  format: 'cjs',
  interop: 'auto',
  dynamicImportInCjs: false,
  ...chunks,
}
const copied = Object.keys(manifest.dependencies ?? {}).filter(isModuleOnly)
const bundles =
  copied.length === 0
    ? [await bundle(entries, [esm, cjs], external)]
    : [
        await bundle(entries, [esm], external),
        await bundle(entries, [cjs], (id) => external(id) && !copied.includes(id), copied),
      ]
// A command stands on top of the package's own files.
if (commands.length > 0) {
  const own = (id) => external(id) || entries.some((name) => id.endsWith(`/${name}.js`))
  bundles.push(await bundle(commands, [esm], own))
}

// rollup has read everything by now. What an earlier build left goes too.
for (const folder of ['dist/esm', 'dist/cjs']) rmSync(folder, { recursive: true, force: true })
const plugins = [lineMaps]
const start = startOf(basename(process.cwd()))
if (start !== undefined) {
  // Written once to see what a start calls, and again with that.
  await bundles[0].made.write(esm)
  plugins.push(eager(calledBy(start, resolve('dist/esm'))))
}
for (const { made, outputs } of bundles) {
  for (const output of outputs) await made.write({ ...output, plugins })
  await made.close()
}
for (const folder of ['dist/esm', 'dist/cjs']) publishDeclarations('dist/types', folder, entries)
rmSync('dist/types', { recursive: true })
