import { vnd } from '../../../../protocol/money.ts'
import type { QrPayload } from '../../../../protocol/vietqr/qr/payload.ts'

const SAMPLE: QrPayload = {
  dynamic: false,
  bin: '970422',
  account: '1234567890',
  service: 'QRIBFTTA',
  amount: vnd(25000),
  content: 'VQR0123456789 GUID1',
  extra: {},
  crc: 'utf8',
}

const NAPAS_SAMPLE: QrPayload = { ...SAMPLE, bin: '970403', account: '0011012345678', amount: null, content: null }

/** Well-formed codes and what they say: NAPAS examples, and the forms the host and banks emit. */
export const GOLDEN: readonly { name: string; text: string; payload: QrPayload }[] = [
  {
    name: 'static, account',
    text: '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F',
    payload: NAPAS_SAMPLE,
  },
  {
    name: 'static, card',
    text: '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTC53037045802VN63046E2C',
    payload: { ...NAPAS_SAMPLE, service: 'QRIBFTTC' },
  },
  {
    name: 'dynamic, account',
    text: '00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62230819thanh toan don hang63045FAB',
    payload: { ...NAPAS_SAMPLE, dynamic: true, amount: vnd(180000), content: 'thanh toan don hang' },
  },
  {
    name: 'dynamic, card',
    text: '00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTC530370454061800005802VN62230819thanh toan don hang630415C1',
    payload: {
      ...NAPAS_SAMPLE,
      dynamic: true,
      service: 'QRIBFTTC',
      amount: vnd(180000),
      content: 'thanh toan don hang',
    },
  },
  {
    name: 'dynamic, 12-digit account',
    text: '00020101021238560010A0000007270126000697041501121234567890120208QRIBFTTA53037045405790005802VN62220818Ung Ho Quy Vac Xin630465DA',
    payload: {
      ...SAMPLE,
      dynamic: true,
      bin: '970415',
      account: '123456789012',
      amount: vnd(79000),
      content: 'Ung Ho Quy Vac Xin',
    },
  },
  {
    name: 'dynamic, 9-digit account',
    text: '00020101021238530010A0000007270123000697041601091234567890208QRIBFTTA53037045405100005802VN62150811Chuyen tien6304BC35',
    payload: {
      ...SAMPLE,
      dynamic: true,
      bin: '970416',
      account: '123456789',
      amount: vnd(10000),
      content: 'Chuyen tien',
    },
  },
  {
    name: 'merchant category, name, city and terminal label',
    text: '00020101021238630010A000000727013300069704360119TESTVA00000000000010208QRIBFTTA5204732153037045405100005802VN5920SAMPLE MERCHANT NAME6011HO CHI MINH62350708000000010819THANH TOAN DON HANG630468FC',
    payload: {
      ...SAMPLE,
      dynamic: true,
      bin: '970436',
      account: 'TESTVA0000000000001',
      amount: vnd(10000),
      content: 'THANH TOAN DON HANG',
      merchantCategory: '7321',
      merchantName: 'SAMPLE MERCHANT NAME',
      merchantCity: 'HO CHI MINH',
      terminalLabel: '00000001',
    },
  },
  {
    name: 'VietQR content, tag 01 = 12',
    text: '00020101021238540010A00000072701240006970422011012345678900208QRIBFTTA53037045405150005802VN62330829VQR712a7d45ea PaymentForOrder6304BAE0',
    payload: { ...SAMPLE, dynamic: true, amount: vnd(15000), content: 'VQR712a7d45ea PaymentForOrder' },
  },
  {
    name: 'host form, tag 01 = 11 although it has an amount',
    text: '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62230819VQR0123456789 GUID16304CC6D',
    payload: SAMPLE,
  },
  {
    name: 'host form without tag 62 (BIDV account the host does not know)',
    text: '00020101021138540010A00000072701240006970418011012345678900208QRIBFTTA53037045405250005802VN6304E060',
    payload: { ...SAMPLE, bin: '970418', content: null },
  },
  {
    name: 'documentation sample, repaired',
    text: '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405500005802VN62320828SampleTransactionDescription6304CC89',
    payload: { ...SAMPLE, amount: vnd(50000), content: 'SampleTransactionDescription' },
  },
]

/** The host's static code of a box: tag 54 is there, with length 00. */
export const EMPTY_AMOUNT =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA530370454005802VN62170813SQRAB12CD34EF6304A66E'

/** What the host makes of a request without an amount. */
export const NULL_AMOUNT =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045404null5802VN62230819VQR0123456789 GUID163046AFB'

/** Content that is not ASCII, under the host's own checksum. */
export const LOW_BYTE =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62210817VQR0123456789 Phở63044AC3'

/** The QR of the reply printed in VietQR documentation: lengths overrun the text, the checksum is another's. */
export const DOCUMENTATION_SAMPLE =
  '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405200005802VN62350831SampleTransactionDescription6304AAB8'
