/** Every word of the page itself, in both languages. What devices say comes from the devices. */
const WORDS = {
  vi: {
    title: 'Cửa hàng mô phỏng VietQR',
    connecting: 'Đang kết nối…',
    connected: 'Đã kết nối',
    disconnected: 'Mất kết nối với trình mô phỏng, đang thử lại…',
    mute: 'Tắt tiếng',
    noVoice: 'Trình duyệt này không có giọng đọc tiếng Việt; lời nói vẫn hiện bằng chữ.',
    online: 'Đã nối với gateway',
    offline: 'Mất kết nối với gateway',
    unplugged: 'Đã rút điện',
    power: 'Nguồn điện',
    paybox: 'PayBox · màn hình QR',
    soundbox: 'SoundBox · loa báo tiền',
    countercall: 'Bảng gọi số',
    vending: 'Máy bán nước',
    pos: 'Máy tính tiền',
    phone: 'Điện thoại của khách',
    other: 'Thiết bị',
    ready: 'Sẵn sàng',
    hostDown: 'Mất kết nối ngân hàng: chưa thể nhận tiền',
    code: 'Mã QR để thanh toán {amount}',
    content: 'Nội dung: {content}',
    left: 'Còn {time}',
    awaiting_payment: 'Quét mã để trả {amount}',
    underpaid: 'Chuyển thiếu: mới nhận {received}, còn thiếu {rest}',
    paid: 'Đã thanh toán {amount}',
    expired: 'Mã đã hết hạn',
    late: 'Tiền đến muộn: cần nhân viên xử lý',
    cancelled: 'Đã hủy',
    failed: 'Không tạo được mã',
    held: 'Chưa xác nhận được: cần nhân viên xử lý',
    exact: 'Đã nhận {amount}',
    under: 'Chuyển thiếu: {amount}',
    over: 'Nhận thêm {amount}',
    lateMoney: 'Nhận muộn {amount}',
    none: 'Nhận {amount}, không thuộc đơn nào',
    refused: 'Bị từ chối',
    cancel: 'Hủy đơn',
    amount: 'Số tiền (đồng)',
    contentField: 'Nội dung',
    ticketField: 'Số thứ tự của khách',
    create: 'Tạo mã QR',
    payments: 'Tiền đã nhận',
    nothingYet: 'Chưa có gì',
    silent: 'Loa chưa nói gì',
    said: 'Đã nói trước đó',
    noCall: 'Chưa gọi ai',
    called: 'Đã gọi trước đó',
    ticket: 'Số',
    counter: 'Quầy',
    next: 'Số tiếp',
    recall: 'Gọi lại',
    serve: 'Đã đến',
    skip: 'Bỏ qua',
    pause: 'Tạm nghỉ',
    resume: 'Gọi tiếp',
    products: 'Chọn nước',
    A1: 'Nước suối',
    A2: 'Trà xanh',
    A3: 'Cà phê lon',
    A4: 'Nước tăng lực',
    tray: 'Khay lấy hàng',
    fallen: 'Đã rơi: {count}',
    emptyTray: 'Khay trống',
    codes: 'Mã QR đang thấy',
    noCodes: 'Chưa có mã nào',
    onScreen: 'trên {devices}',
    offScreen: 'không còn trên màn hình',
    otherAmount: 'Số tiền khác (đồng)',
    payFull: 'Trả đủ',
    payLess: 'Trả thiếu',
    payTwice: 'Trả hai lần',
    payUnmatched: 'Chuyển không theo đơn',
    sent: 'Đã chuyển {amount} · mã giao dịch {reference}',
    unreachable: 'Trình mô phỏng không trả lời',
    wantsAmount: 'Hãy nhập số tiền, từ 1 đồng',
    lessThanCode: 'Hãy nhập số tiền nhỏ hơn số tiền của mã',
  },
  en: {
    title: 'VietQR simulated shop',
    connecting: 'Connecting…',
    connected: 'Connected',
    disconnected: 'The simulator is gone; trying again…',
    mute: 'Mute',
    noVoice: 'This browser has no Vietnamese voice; the words are shown all the same.',
    online: 'Linked with the gateway',
    offline: 'No link with the gateway',
    unplugged: 'Unplugged',
    power: 'Power',
    paybox: 'PayBox · QR screen',
    soundbox: 'SoundBox · loudspeaker',
    countercall: 'Counter call',
    vending: 'Vending machine',
    pos: 'Till (pos)',
    phone: "Customer's phone",
    other: 'Device',
    ready: 'Ready',
    hostDown: 'The bank cannot be reached: no payments now',
    code: 'QR code to pay {amount}',
    content: 'Content: {content}',
    left: '{time} left',
    awaiting_payment: 'Scan to pay {amount}',
    underpaid: 'Too little: {received} so far, {rest} missing',
    paid: 'Paid {amount}',
    expired: 'The code has expired',
    late: 'The money came late: a person decides',
    cancelled: 'Cancelled',
    failed: 'No code could be made',
    held: 'Not confirmed: a person decides',
    exact: 'Received {amount}',
    under: 'Too little: {amount}',
    over: 'Received {amount} more',
    lateMoney: 'Received late: {amount}',
    none: 'Received {amount}, of no order',
    refused: 'Refused',
    cancel: 'Cancel the order',
    amount: 'Amount (đồng)',
    contentField: 'Content',
    ticketField: 'Ticket of the customer',
    create: 'Make the QR code',
    payments: 'Money received',
    nothingYet: 'Nothing yet',
    silent: 'Nothing said yet',
    said: 'Said before',
    noCall: 'Nobody called yet',
    called: 'Called before',
    ticket: 'Ticket',
    counter: 'Counter',
    next: 'Next',
    recall: 'Call again',
    serve: 'Served',
    skip: 'Skip',
    pause: 'Pause',
    resume: 'Resume',
    products: 'Choose a drink',
    A1: 'Water',
    A2: 'Green tea',
    A3: 'Canned coffee',
    A4: 'Energy drink',
    tray: 'Tray',
    fallen: 'Fallen: {count}',
    emptyTray: 'The tray is empty',
    codes: 'QR codes in sight',
    noCodes: 'No code yet',
    onScreen: 'on {devices}',
    offScreen: 'on no screen any more',
    otherAmount: 'Another amount (đồng)',
    payFull: 'Pay in full',
    payLess: 'Pay less',
    payTwice: 'Pay twice',
    payUnmatched: 'Send without an order',
    sent: 'Sent {amount} · reference {reference}',
    unreachable: 'The simulator does not answer',
    wantsAmount: 'Type an amount, from 1 đồng',
    lessThanCode: 'Type an amount below that of the code',
  },
}

let chosen = remembered('language') === 'en' ? 'en' : 'vi'

export function language() {
  return chosen
}

export function chooseLanguage(name) {
  chosen = name === 'en' ? 'en' : 'vi'
  remember('language', chosen)
}

/** The words for a key, with `{names}` filled in. A key there are no words for is shown as it is. */
export function words(key, values = {}) {
  const text = Object.hasOwn(WORDS[chosen], key) ? WORDS[chosen][key] : String(key)
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

export function money(amount) {
  return `${new Intl.NumberFormat(chosen).format(amount)} đ`
}

/** What the browser keeps from the last time; nothing where it keeps nothing. */
export function remembered(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value)
  } catch {
    // Then it is forgotten with the page.
  }
}
