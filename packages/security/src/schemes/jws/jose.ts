/**
 * What is used of jose. jose has no CommonJS form, so that the CommonJS build contains a copy of
 * these: not every host can `require` an ES module.
 */
export {
  type CryptoKey,
  compactVerify,
  createLocalJWKSet,
  errors,
  importJWK,
  type JWTVerifyGetKey,
} from 'jose'
