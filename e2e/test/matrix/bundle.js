// Bundles a program: node bundle.js <bundler> <folder> <entry> <output folder>. A process of its own, as in a build.
// No bundler gets a list of externals.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const [bundler, folder, entry, to] = process.argv.slice(2)

/** What the packages of OpenTelemetry call in an ES module of esbuild, which does not define it. */
const requireBanner =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

async function esbuild(format, outfile, banner) {
  const { build } = await import('esbuild')
  const { warnings } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    outfile: join(to, outfile),
    banner,
    logLevel: 'silent',
  })
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings, null, 2))
}

const bundlers = {
  'esbuild-cjs': () => esbuild('cjs', 'service.cjs', {}),
  'esbuild-esm': () => esbuild('esm', 'service.mjs', { js: requireBanner }),

  async webpack() {
    const { default: webpack } = await import('webpack')
    const stats = await new Promise((resolve, reject) => {
      webpack(
        {
          context: folder,
          entry: `./${entry}`,
          target: 'node20',
          mode: 'production',
          // It would take four times as long as all the rest.
          optimization: { minimize: false },
          output: { path: to, filename: 'service.cjs' },
        },
        (error, done) => (error ? reject(error) : resolve(done)),
      )
    })
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }))
  },

  async rollup() {
    const { rollup } = await import('rollup')
    const { nodeResolve } = await import('@rollup/plugin-node-resolve')
    const { default: commonjs } = await import('@rollup/plugin-commonjs')
    const { default: json } = await import('@rollup/plugin-json')
    const made = await rollup({
      input: join(folder, entry),
      plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
      onwarn() {},
    })
    const chunkFileNames = '[name].mjs'
    await made.write({ dir: to, format: 'es', entryFileNames: 'service.mjs', chunkFileNames })
    await made.close()
  },

  async ncc() {
    const { default: ncc } = await import('@vercel/ncc')
    const { code, assets } = await ncc(join(folder, entry), { cache: false, quiet: true })
    const others = Object.entries(assets).map(([name, { source }]) => [name, source])
    for (const [name, source] of [['service.cjs', code], ...others]) {
      mkdirSync(dirname(join(to, name)), { recursive: true })
      writeFileSync(join(to, name), source)
    }
  },
}

await bundlers[bundler]()
