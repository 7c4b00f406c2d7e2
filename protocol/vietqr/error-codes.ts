/**
 * VietQR's error codes in words. The first block is the table for the API in VietQR's documentation, the second was
 * read in the VietQR server source. The documentation's other table, for its app, gives E01–E06 other meanings.
 */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['E02', 'the amount is not valid'],
  ['E03', 'the kind of transaction (transType) is not valid'],
  ['E05', 'an error VietQR does not explain; a lookup without checksum gives it too'],
  ['E09', 'the content is not valid'],
  ['E10', 'the account number is not valid'],
  ['E24', 'there is no bank with this bank code'],
  ['E39', 'the checksum is wrong: the account holder must be written exactly as VietQR stores the name'],
  ['E42', 'the account may not refund, or it has no terminal in the merchant system of the bank'],
  ['E43', 'the refund failed'],
  ['E44', 'the reference number does not exist'],
  ['E45', 'the amount to refund is not valid: more than was paid'],
  ['E46', 'the body of the request, or one of its fields, is not valid or empty'],
  ['E51', 'the bank code is not valid'],
  ['E58', 'the type is wrong, it should be 0'],
  ['E67', 'there is no such user'],
  ['E74', 'the token is not valid'],
  ['E75', 'simulated payments are switched off'],
  ['E76', 'this partner is not registered with VietQR'],
  ['E77', 'the bank account is not one of this partner'],
  ['E95', 'the type of the lookup is wrong, it should be 0 for an order or 1 for a reference number'],
  ['E96', 'there is no such transaction'],
  ['E104', 'the partner is not registered as an agent'],
  ['E158', 'the same request is already being worked on'],
  ['E26', 'the content is longer than 50 characters'],
  ['E34', 'the request is not valid for an account in the merchant system of the bank'],
  ['E35', 'the account has no terminal in the merchant system of the bank'],
  ['E36', 'VietQR does not know the account'],
  ['E165', 'the bank refused'],
  ['E166', 'the bank refused'],
  ['E215', 'the bank did not answer in time'],
  ['E216', 'the bank refused the refund'],
  ['E217', 'the bank refused the refund'],
  ['E218', 'the bank refused the refund'],
])

/**
 * What an error from the host means, for a person. Some failures are sentences already and stay as they are.
 * @param code `E39`, or a sentence of the host; text from outside, to be escaped where it is printed
 */
export function hostErrorInWords(code: string): string {
  const text = code.trim()
  if (text === '' || text === 'FAILED') return 'VietQR gave no reason'
  if (!/^E\d{1,4}$/i.test(text)) return text
  const number = text.toUpperCase()
  return (
    WORDS.get(number) ?? `VietQR answered ${number}, a code its documentation does not list; ask VietQR what it means`
  )
}
