// Messages as VietQR prints or writes them, byte for byte: the tolerances of the readers are measured on these.

/** From VietQR's documentation. */
export const documented = {
  balanceChange: `{
  "bankAccount": "9876543210",
  "amount": 25000.0,
  "timePaid": "01/09/2024 14:30:00",
  "transType": "C",
  "referenceNumber": "TXN876543210123",
  "content": "SampleTransaction Payment",
  "status": 1
}`,
  qrRequest: `{
  "amount": 15000,
  "content": "PaymentForOrder",
  "bankAccount": "1234567890",
  "bankCode": "MB",
  "userBankName": "ABC Corporation",
  "transType": "C",
  "orderId": "ORD12345XYZ",
  "terminalCode": "987",
  "serviceCode": "SVC001",
  "additionalData": [
    {
      "info": "AdditionalInfo1"
    }
  ]
}`,
  qrAnswer: `{
  "bankCode": "MB",
  "bankName": "MB Bank",
  "bankAccount": "1234567890",
  "userBankName": "XYZ Ltd",
  "amount": "50000",
  "content": "SampleTransactionDescription",
  "qrCode": "00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405200005802VN62350831SampleTransactionDescription6304AAB8",
  "imgId": "abcd1234-5678-90ef-ghij-klmn01234567",
  "existing": 1,
  "transactionId": "",
  "transactionRefId": "ABC1234567890XYZ",
  "qrLink": "https://vietqr.vn/test/qr-generated?token=ABC1234567890XYZ",
  "terminalCode": "987",
  "serviceCode": "SVC002",
  "additionalData": [
    {
      "info": "AdditionalInfo1"
    }
  ]
}`,
  lookupRequest: `{
  "bankAccount": "1234567890",
  "type": 0,
  "value": "ORD98765XYZ",
  "checkSum": "abc1234567890def1234567890abcdef"
}`,
  lookupReply: `{
  "referenceNumber": "TXN123456789012",
  "orderId": "ORD98765XYZ",
  "amount": 25000,
  "content": "SampleProductPurchase",
  "transType": "C",
  "status": 1,
  "type": 0,
  "timeCreated": 1623039658,
  "timePaid": 1623039685,
  "terminalCode": "",
  "note": "",
  "refundCount": 0,
  "amountRefunded": 0
}`,
}

/** As the server's code writes and accepts them. */
export const server = {
  balanceChange: `{"bankAccount":"1234567890","amount":25000,"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"FT24139000000001","orderId":"GW0000000001","content":"GUID1","status":1}`,
  balanceChangeEscaped: String.raw`{"bankAccount":"1234567890","amount":25000.0,"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"FT24139000000001","content":"A\u003dB \u0026 C\u003cD\u003e\u0027","status":1}`,
  qrRequest: `{"amount":25000,"content":"GUID1","bankAccount":"1234567890","bankCode":"MB","userBankName":"NGUYEN VAN A","transType":"C","orderId":"GW0000000001","terminalCode":"VVB123456","serviceCode":"SVC001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
  qrAnswer: `{"bankCode":"MB","bankName":"…","bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"VQR0123456789 GUID1","qrCode":"000201…6304CC6D","imgId":"…","existing":1,"transactionId":"","transactionRefId":"MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw","qrLink":"…","terminalCode":"VVB123456","serviceCode":"SVC001","orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
  qrAnswerUnknownAccount: `{"bankCode":"BIDV","bankName":"…","bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"","qrCode":"000201…63041234","imgId":"…","existing":0,"transactionId":null,"transactionRefId":null,"qrLink":null,"terminalCode":null,"serviceCode":null,"orderId":"GW0000000001","additionalData":[]}`,
  lookupRefusal: `{"status":"FAILED","message":"E39"}`,
  testCallbackReply: `{"status":"SUCCESS","message":""}`,
  testCallbackRefusal: `{"status":"FAILED","message":"Transaction not found"}`,
}

/** As VietQR's boxes send and expect them: the server's code and public firmware. Key, MAC and code are invented. */
export const box = {
  handleBox: `{"macAddr":"AA:BB:CC:DD:EE:FF","checkSum":"3db5ba7e5a41f4717852d27178892e18"}`,
  handleBoxReply: `{"qrCertificate":"CERT-VVB-VlZCMTIzNDU2QUFCQkNDRERFRUZGVEVTVEtFWS1OT1QtUkVBTC0x","boxId":"VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x"}`,
  paid: `{"notificationType":"N05","amount":"50,000","message":"Da nhan 50000 dong"}`,
  paidMasked: `{"notificationType":"N05","amount":"*****","message":"Da nhan ***** dong"}`,
  clear: `{"notificationType":"N12","transactionReceiveId":"TEST-RECEIVE-1"}`,
  bound: `{"notificationType":"N16","bankAccount":"1234567890","bankShortName":"MBBank","userBankName":"NGUYEN VAN A","terminalCode":"VVB123456","terminalName":"Cửa hàng thử","qrCode":"000201…63041234","bankCode":"MB","imgBank":"","homePage":"https://vietqr.example"}`,
  qrLong: `{"notificationType":"N17","transactionReceiveId":"TEST-RECEIVE-1","bankAccount":"1234567890","bankShortName":"MBBank","userBankName":"NGUYEN VAN A","content":"VQR0123456789 GUID1","amount":"25,000","qrCode":"000201…6304CC6D","qrType":"0"}`,
  qrShort: `{"notificationType":"N17","amount":"25,000","qrCode":"000201…6304CC6D"}`,
}

/** The bytes of a message as MQTT delivers them. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A sample with some fields changed; a field set to undefined is left out. */
export function changed(sample: string, change: Readonly<Record<string, unknown>>): Uint8Array {
  return bytes(JSON.stringify({ ...JSON.parse(sample), ...change }))
}
