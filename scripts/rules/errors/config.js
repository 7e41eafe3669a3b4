const spec = (config) => ({ port: config.integer({ default: 1 }) })
const standard = {
  '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) },
}

export default (config) => {
  const kind = (name) => (options) => config[name](options)
  const kinds = [
    'string',
    'integer',
    'number',
    'boolean',
    'duration',
    'bytes',
    'port',
    'address',
    'url',
    'connectionString',
    'json',
  ]
  const document = (name) => (options) => config[name](spec(config), options)
  const documents = ['markdown', 'envExample', 'jsonSchema', 'help']
  const loaded = config.load(spec(config), { env: {}, envFile: false })
  return {
    functions: {
      ...Object.fromEntries(kinds.map((name) => [`config.${name}`, kind(name)])),
      ...Object.fromEntries(documents.map((name) => [`config.${name}`, document(name)])),
      'config.load': document('load'),
      'config.loadOrExit': document('loadOrExit'),
      'config.oneOf': (options) => config.oneOf(['a'], options),
      'config.list': (options) => config.list(config.string(), options),
      'config.map': (options) => config.map(config.string(), options),
      'config.schema': (options) => config.schema(standard, options),
      'config.custom': (options) => config.custom(String, options),
      'config.watch': (options) => config.watch(loaded, options),
    },
    wrong: [
      ['config.load env', () => config.load(spec(config), { env: 7 }), 'ERR_CONFIG_OPTION'],
      ['config.integer min', () => config.integer({ min: 'x' }), 'ERR_CONFIG_OPTION'],
      ['config.oneOf values', () => config.oneOf(7), 'ERR_CONFIG_OPTION'],
    ],
    others: {
      ERR_CONFIG_INVALID: () =>
        config.load({ port: config.integer() }, { env: {}, envFile: false }),
      ERR_CONFIG_DECLARATION: () => config.load({ port: 7 }, { env: {}, envFile: false }),
    },
  }
}
