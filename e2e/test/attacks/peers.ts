import { createPublicKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as security from '@clew/security'
import { listen } from '@clew/testing'
import fastifyJwt from '@fastify/jwt'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import fastify from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

export const issuer = 'https://idp.test/'
export const audience = 'https://api.test'

export interface Peer {
  readonly url: string
  close(): Promise<unknown>
}

interface Keys {
  readonly jwk: security.Jwk
  readonly jwksUri: string
}

type Listener = (req: IncomingMessage, res: ServerResponse) => void

/** Each as its own documentation sets it up: RS256, issuer and audience, and one route. */
export const peers: Readonly<Record<string, (keys: Keys) => Promise<Peer>>> = {
  async '@clew/security'({ jwksUri }) {
    const jwt = security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { uri: jwksUri } }] })
    const api = security.create({ default: jwt })
    const app = api.protect(express())
    app.get('/orders', api.method('list'), (_req, res) => void res.send('in'))
    app.get('/forgotten', (_req, res) => void res.send('in'))
    return listen(app)
  },
  async jose({ jwksUri }) {
    const keys = createRemoteJWKSet(new URL(jwksUri))
    const listener: Listener = async (req, res) => {
      const token = req.headers.authorization?.split(' ')[1] ?? ''
      try {
        if (req.url !== '/forgotten') {
          await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })
        }
        res.end('in')
      } catch {
        res.writeHead(401).end()
      }
    }
    return listen(listener)
  },
  async 'express-oauth2-jwt-bearer'({ jwksUri }) {
    const app = express()
    const check = auth({ issuer, audience, jwksUri, tokenSigningAlg: 'RS256' })
    app.get('/orders', check, (_req, res) => void res.send('in'))
    app.get('/forgotten', (_req, res) => void res.send('in'))
    app.use(quiet)
    return listen(app)
  },
  async 'passport-jwt'({ jwk }) {
    const passport = new Passport()
    passport.use(
      new Strategy(
        {
          jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
          secretOrKey: pemOf(jwk),
          issuer,
          audience,
          algorithms: ['RS256'],
        },
        (claims, done) => done(null, claims),
      ),
    )
    const app = express()
    const check = passport.authenticate('jwt', { session: false })
    app.get('/orders', check, (_req, res) => void res.send('in'))
    app.get('/forgotten', (_req, res) => void res.send('in'))
    return listen(app)
  },
  async '@fastify/jwt'({ jwk }) {
    const app = fastify()
    await app.register(fastifyJwt, {
      secret: { public: pemOf(jwk) },
      verify: { allowedIss: issuer, allowedAud: audience, algorithms: ['RS256'] },
    })
    app.get('/orders', { onRequest: (request) => request.jwtVerify() }, () => 'in')
    app.get('/forgotten', () => 'in')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  },
}

export const pemOf = (jwk: security.Jwk): string =>
  createPublicKey({ key: jwk as never, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  }) as string

/** The status of the error, without its text on standard error. */
const quiet: express.ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).end()
}
