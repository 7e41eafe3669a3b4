// What most services do with their configuration: they declare some variables, and read them.
const config = await import(process.argv[2])

const spec = {
  httpAddr: config.address({ default: ':8080' }),
  databaseUrl: config.url({ protocols: ['postgres:'] }).secret(),
  publicUrl: config.url(),
  logLevel: config.oneOf(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  readTimeout: config.duration({ default: '10s' }),
  poolSize: config.integer(),
  region: config.string(),
}
config.load(spec, {
  env: {
    NODE_ENV: 'production',
    HTTP_ADDR: ':9090',
    DATABASE_URL: 'postgres://db/orders',
    PUBLIC_URL: 'https://example.com',
    READ_TIMEOUT: '30s',
    POOL_SIZE: '5',
    REGION: 'eu-west-1',
  },
})
