/** One text in the two languages a device can speak and show. */
export interface Message {
  readonly vi: string
  readonly en: string
}

/** The words for every error code a device, a person or a program is given. Short: they must fit a small screen. */
export const ERROR_MESSAGES = {
  INVALID_MESSAGE: { vi: 'Tin nhắn không hợp lệ', en: 'The message cannot be read' },
  AMOUNT_INVALID: { vi: 'Số tiền không hợp lệ', en: 'The amount is not valid' },
  CONTENT_INVALID: { vi: 'Nội dung không hợp lệ', en: 'The content has no letters or digits' },
  REQUEST_CONFLICT: { vi: 'Mã yêu cầu đã dùng cho việc khác', en: 'This requestId was used for another request' },
  ORDER_UNKNOWN: { vi: 'Không tìm thấy đơn hàng', en: 'There is no such order' },
  ORDER_CLOSED: { vi: 'Đơn hàng đã kết thúc', en: 'The order is already closed' },
  HOST_DOWN: { vi: 'Mất kết nối VietQR', en: 'No connection to VietQR' },
  HOST_SILENT: { vi: 'VietQR không trả lời', en: 'VietQR did not answer' },
  HOST_REFUSED: { vi: 'VietQR từ chối yêu cầu', en: 'VietQR refused the request' },
  ACCOUNT_UNKNOWN: { vi: 'VietQR chưa biết tài khoản này', en: 'VietQR does not know this account' },
  QR_MISMATCH: { vi: 'Mã QR không khớp đơn hàng', en: 'The QR code does not fit the order' },
  NOT_ALLOWED: { vi: 'Thiết bị không được phép', en: 'This device may not do that' },
  SANDBOX_ONLY: { vi: 'Chỉ dùng khi thử nghiệm', en: 'Only possible in the sandbox' },
  RATE_LIMITED: { vi: 'Quá nhiều yêu cầu, hãy chờ', en: 'Too many requests, please wait' },
  TERMINAL_UNKNOWN: { vi: 'Không tìm thấy điểm bán', en: 'There is no such terminal' },
} satisfies Record<string, Message>

/** The stable name of a refusal. */
export type ErrorCode = keyof typeof ERROR_MESSAGES

/** Why something received could not be used and lies among the dead letters. */
export type DeadLetterReason = ErrorCode | 'MALFORMED' | 'CONFLICT' | 'TERMINAL_MISMATCH' | 'UNMATCHED_ANSWER'

/** What a person who looks through the dead letters is told about each reason. */
export const DEAD_LETTER_MESSAGES: Readonly<Record<DeadLetterReason, Message>> = {
  ...ERROR_MESSAGES,
  MALFORMED: {
    vi: 'Không đọc được: sai định dạng hoặc thiếu trường bắt buộc',
    en: 'It could not be read: not the expected form, or a needed field is missing',
  },
  CONFLICT: {
    vi: 'Cùng tài khoản và mã tham chiếu với một giao dịch đã ghi nhưng khác số tiền hoặc chiều tiền',
    en: 'It has the account and reference of a recorded payment but another amount or direction',
  },
  TERMINAL_MISMATCH: {
    vi: 'Tài khoản hoặc đơn hàng không thuộc điểm bán của chủ đề này',
    en: 'Its account or order does not belong to the terminal of its topic',
  },
  UNMATCHED_ANSWER: {
    vi: 'Mã QR trả về không ứng với yêu cầu nào đang chờ',
    en: 'This QR answer fits no request that is waiting',
  },
}

/** A refusal with one of the stable codes. Without a message of its own it says the catalogue's English words. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message?: string, options?: ErrorOptions) {
    super(message ?? ERROR_MESSAGES[code].en, options)
    this.code = code
  }
}
