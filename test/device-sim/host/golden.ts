// Every message the simulated host can send, byte for byte, as VietQR's server writes it. Ids and tokens are those of a run
// with seed 1; everything else is the form of the server. Accounts, names and keys are invented.

/** Of MAC `AA:BB:CC:DD:EE:FF` with the invented box key `TESTKEY-NOT-REAL-1`. */
export const BOX_CHECK_SUM = '3db5ba7e5a41f4717852d27178892e18'

/** The static code of a box bound to account 1234567890 at MB, whose terminal is AB12CD34EF. */
export const STATIC_QR =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA530370454005802VN62170813SQRAB12CD34EF6304A66E'

/** The code of 25,000 VND with the content `VQR0123456789 GUID1`. */
export const DYNAMIC_QR =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62230819VQR0123456789 GUID16304CC6D'

/** The code of the documented answer, with all that is wrong with it: its amount, two lengths and the checksum. */
export const DEFECTIVE_QR =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405200005802VN62350831SampleTransactionDescription6304AAB8'

export const boxMessages = {
  bound: `{"notificationType":"N16","bankAccount":"1234567890","bankShortName":"MB","userBankName":"NGUYEN VAN A","terminalCode":"VVB123456","terminalName":"Quay 1","qrCode":"${STATIC_QR}","bankCode":"MB","imgBank":"","homePage":"https://vietqr.example"}`,
  pushed: `{"notificationType":"N17","transactionReceiveId":"00000000-0000-4000-8000-000000000000","bankAccount":"1234567890","bankShortName":"MB","userBankName":"NGUYEN VAN A","content":"VQR0123456789 GUID1","amount":"25,000","qrCode":"${DYNAMIC_QR}","qrType":"0"}`,
  pushedShort: `{"notificationType":"N17","amount":"25,000","qrCode":"${DYNAMIC_QR}"}`,
  clear: '{"notificationType":"N12","transactionReceiveId":"00000000-0000-4000-8000-000000000000"}',
  paid: '{"notificationType":"N05","amount":"25,000","message":"Thanh toán thành công 25000 đồng"}',
  paidMasked: '{"notificationType":"N05","amount":"*****","message":"Thanh toán thành công ***** đồng"}',
}

/** The balance change of 25,000 VND in each form of its amount and order id. */
const change = (amount: string, order: string): string =>
  `{"bankAccount":"1234567890","amount":${amount},"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"FT24139000000001",${order}"content":"GUID1","status":1}`
const ORDER = '"orderId":"GW0000000001",'
export const balanceChanges = {
  integer: change('25000', ORDER),
  decimal: change('25000.0', ORDER),
  text: change('"25000"', ORDER),
  grouped: change('"25,000"', ORDER),
  masked: change('"*****"', ORDER),
  absent: change('25000', ''),
  empty: change('25000', '"orderId":"",'),
}

const MB = '{"bankCode":"MB","bankName":"Ngân hàng TMCP Quân đội"'
const REF = 'MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw'
const LINK = `https://vietqr.example/qr-generated?token=${REF}`
const IMG = '00000000-0000-4000-8000-000000000000'
/** Answers to the same request of 25,000 VND; ids are those of the UUID of zeros. */
export const answers = {
  plain: `${MB},"bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"VQR0123456789 GUID1","qrCode":"${DYNAMIC_QR}","imgId":"${IMG}","existing":1,"transactionId":"","transactionRefId":"${REF}","qrLink":"${LINK}","terminalCode":"VVB123456","serviceCode":"SVC001","orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
  unknown: `${MB},"bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"VQR0123456789 GUID1","qrCode":"${DYNAMIC_QR}","imgId":"${IMG}","existing":0,"transactionId":null,"transactionRefId":null,"qrLink":null,"terminalCode":null,"serviceCode":"SVC001","orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
  unnamed: `${MB},"bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"VQR0123456789 GUID1","qrCode":"${DYNAMIC_QR}","imgId":"${IMG}","existing":0,"transactionId":null,"transactionRefId":null,"qrLink":null,"terminalCode":null,"serviceCode":null,"orderId":null,"additionalData":[]}`,
}

/** Lookup replies. */
const row = (status: number, more: string) =>
  `{"referenceNumber":"","orderId":"GW0000000001","amount":25000,"content":"GUID1","transType":"C","status":${status},"type":0,"timeCreated":1732190000,"timePaid":1732190000,"terminalCode":"VVB123456","note":""${more}}`
const NOT_REFUNDED = ',"refundCount":0,"amountRefunded":0'
export const lookups = {
  pending: `[${row(0, NOT_REFUNDED)}]`,
  single: row(0, NOT_REFUNDED),
  cancelled: `[${row(2, NOT_REFUNDED)}]`,
  nothing: '[]',
  wrongCheckSum: '{"status":"FAILED","message":"E39"}',
  noCheckSum: '{"status":"FAILED","message":"E05"}',
  wrongType: '{"status":"FAILED","message":"E95"}',
  empty: '{"status":"FAILED","message":"E46"}',
}

export const callbacks = {
  success: '{"status":"SUCCESS","message":""}',
  notFound: '{"status":"FAILED","message":"Transaction not found"}',
  noMerchant: '{"status":"FAILED","message":"BANK ACCOUNT IS NOT MATCH WITH MERCHANT INFO"}',
  incomplete: '{"status":"FAILED","message":"INVALID REQUEST BODY"}',
}
