/** A user name and a password, both in Unicode NFC. */
export interface UserPass {
  readonly user: string
  readonly password: string
}

// RFC 7617 sets no limit. hashPassword accepts 1024 bytes.
const maxTokenLength = 4096

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the user-pass of RFC 7617, section 2. Returns the reason if the token is not one. */
export function readUserPass(token: string): UserPass | string {
  if (token.length > maxTokenLength) return 'too_long'
  const bytes = Buffer.from(token, 'base64')
  // Node also decodes what is not base64.
  if (bytes.toString('base64') !== token) return 'bad_base64'
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return 'bad_utf8'
  }
  const colon = text.indexOf(':')
  if (colon < 0) return 'no_colon'
  if (/[\x00-\x1f\x7f]/.test(text)) return 'control_character'
  const user = text.slice(0, colon).normalize('NFC')
  const password = text.slice(colon + 1).normalize('NFC')
  return user === '' || password === '' ? 'empty_user_or_password' : { user, password }
}
