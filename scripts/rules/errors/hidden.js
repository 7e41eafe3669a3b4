import { register } from 'node:module'

/** From now on this package is not installed, as far as imports of this process go. */
export function hide(name) {
  const hooks = `export function resolve(specifier, context, next) {
    if (specifier !== ${JSON.stringify(name)}) return next(specifier, context)
    throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' })
  }`
  register(`data:text/javascript,${encodeURIComponent(hooks)}`)
}
