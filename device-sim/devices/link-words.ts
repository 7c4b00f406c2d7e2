/** Where a link was going and how far it had come when it ended. */
interface LinkScene {
  /** `name:port`. */
  readonly where: string
  readonly tls: boolean
  /** CONNACK was received. */
  readonly live: boolean
}

/**
 * Says why a device has no link and what would help, in one sentence without secrets.
 * @param error what ended the connection; undefined when the broker closed it without a word
 */
export function linkWords(error: unknown, { where, tls, live }: LinkScene): string {
  if (!(error instanceof Error)) return live ? `${where} closed the connection` : silenceWords(where, tls)
  const code = 'code' in error ? error.code : undefined
  // The text after the colon is the broker's own reason, such as "Bad username or password".
  if (typeof code === 'number') {
    return `${where} refused the connection: ${error.message.replace(/^Connection refused: /, '')}; look at the id and the password file`
  }
  switch (code) {
    case 'ECONNREFUSED':
      return `${where} refused the connection: no broker listens there; look at --url`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name in ${where} is not known; look at --url`
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS; --url should begin with mqtt://`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${where} is for another name; use one of its names in --url`
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${where} is out of date (${code}), unless this machine's clock is wrong`
    case 'ECONNRESET':
    case 'EPIPE':
      return live ? `${where} closed the connection` : silenceWords(where, tls)
    default:
      break
  }
  if (typeof code === 'string' && /SELF_SIGNED|UNABLE_TO|SIGNATURE/.test(code)) {
    return `the certificate of ${where} comes from an authority this device does not know (${code}); name the gateway's in --ca`
  }
  if (error.message === 'connack timeout') return `${where} does not answer; ${wrongPort(tls)}`
  if (error.message === 'Keepalive timeout') return `${where} does not answer any more`
  return `${where}: ${error.message}`
}

/** A broker behind TLS answers CONNECT with an alert, which is no MQTT. */
export function tlsPortWords(where: string): string {
  return `${where} speaks TLS; --url should begin with mqtts://`
}

function silenceWords(where: string, tls: boolean): string {
  return `${where} closed the connection without an answer; ${wrongPort(tls)}`
}

function wrongPort(tls: boolean): string {
  return tls
    ? 'perhaps it is a port without TLS, then --url begins with mqtt://'
    : 'perhaps it is a TLS port, then --url begins with mqtts://'
}
