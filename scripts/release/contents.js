import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** What is wrong with a package as it is installed: a folder that was unpacked. */
export function problemsOfContents(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const missing = ['README.md', 'LICENSE', 'CHANGELOG.md'].filter((file) => !files.includes(file))
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
  const fields = ['author', 'license', 'description', 'repository', 'homepage', 'bugs', 'engines']
  return [
    ...missing.map((file) => `${file} is missing`),
    ...fields.filter((field) => !manifest[field]).map((field) => `the manifest has no ${field}`),
    ...ranges
      .filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))
      .map(([name, range]) => `${name} is ${range}`),
    ...(manifest.version === '0.0.0' ? ['its version is 0.0.0'] : []),
    ...files
      .filter((file) => /(^|\/)(src|test|node_modules)\//.test(file) || /\.tsbuildinfo$/.test(file))
      .map((file) => `${file} does not belong into a package`),
    ...problemsOfMaps(folder, files),
    ...files.filter((file) => file.endsWith('.md')).flatMap((file) => deadLinks(folder, file)),
  ]
}

/** Source maps lead to file and line. Neither sources nor columns are in them: both would be most of a package. */
export function problemsOfMaps(folder, files) {
  const maps = files.filter((file) => file.endsWith('.js.map'))
  const size = (file) => statSync(join(folder, file)).size
  const ofMaps = maps.reduce((sum, file) => sum + size(file), 0)
  const ofCode = maps.reduce((sum, file) => sum + size(file.slice(0, -'.map'.length)), 0)
  return [
    ...maps
      .filter((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).sourcesContent)
      .map((file) => `${file} contains sources`),
    ...(ofMaps > ofCode / 3 ? [`source maps take ${ofMaps} bytes, for ${ofCode} of code`] : []),
  ]
}

/** Links that lead to no file of the package. */
export function deadLinks(folder, file) {
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target.split('#')[0])
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => {
      const path = normalize(join(dirname(file), target))
      return path.startsWith('..') || !existsSync(join(folder, path))
    })
    .map((target) => `${file} links to ${target}, which is not in the package`)
}
