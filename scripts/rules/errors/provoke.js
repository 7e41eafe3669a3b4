// Provokes every error of one built package, as its users could, and prints what is wrong with what came.
// usage: node provoke.js PACKAGE
import { inspect } from 'node:util'

const [name] = process.argv.slice(2)
const load = (entry) =>
  import(new URL(`../../../packages/${name}/dist/esm/${entry}`, import.meta.url))
const api = await load('index.js')
const grpc = await load('grpc.js').catch(() => ({}))
const { default: tableOf } = await import(`./${name}.js`)
const { functions, wrong, others } = tableOf(api, grpc)

const problems = []
const codes = new Set()

// Each function with options: what is no object, and a name that is none of them.
for (const [title, call] of Object.entries(functions)) {
  await check(title, () => call(7), { form: `${title}: options must be an object; received 7` })
  const misspelt = /^([\w.]+): unknown option "misspelt"; the options are \w+(, \w+)*$/
  await check(title, () => call({ misspelt: 1 }), { form: misspelt, title })
}
for (const [title, call, code] of wrong) {
  const form = /^([\w.]+): [\w.[\]"-]+( [\w.[\]"-]+)* must be .+; received .+$/s
  await check(title, call, { form, title: title.split(' ')[0], code })
}
for (const [code, call] of Object.entries(others)) await check(code, call, { code })

process.stdout.write(
  JSON.stringify({ problems, codes: [...codes], functions: Object.keys(functions) }),
  () => process.exit(),
)

/** What comes is the error, whether it is thrown, rejected with or returned. */
async function check(what, call, { code, form, title }) {
  const error = await (async () => call())().catch((thrown) => thrown)
  const say = (problem) =>
    problems.push(`${what}: ${problem}, came ${inspect(error).split('\n')[0]}`)
  if (typeof error?.code !== 'string') return say('no error with a code')
  codes.add(error.code)
  if (code !== undefined && error.code !== code) say(`not ${code}`)
  const isMistake = error instanceof TypeError
  if (isMistake && !/^\w+\.\w+: /.test(error.message)) say('not said which function was called')
  if (form === undefined) return
  if (!isMistake) say('no TypeError')
  if (typeof form === 'string' ? error.message !== form : form.exec(error.message)?.[1] !== title)
    say('other words')
}
