import { createPrivateKey, X509Certificate } from 'node:crypto'

/** What a file must hold; `right` are the words for it. */
export interface Form {
  readonly fits: (text: string) => boolean
  readonly right: string
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** At least one certificate, and none that cannot be read. */
export const CERTIFICATES: Form = {
  fits: text => {
    const blocks = text.match(CERTIFICATE) ?? []
    return blocks.length > 0 && blocks.every(block => works(() => new X509Certificate(block)))
  },
  right: 'PEM text of one or more whole X.509 certificates, each from -----BEGIN CERTIFICATE----- to its END line',
}

/** A private key nobody has to type a passphrase for. */
export const PRIVATE_KEY: Form = {
  fits: text => works(() => createPrivateKey(text)),
  right: 'PEM text of a private key without a passphrase, from -----BEGIN … PRIVATE KEY----- to its END line',
}

/** Whether this key belongs to the first certificate of the text. Both have their form already. */
export function belongTogether(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
}

function works(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}
