/**
 * Banks and wallets by the number NAPAS gives them (BIN) and by the short code used beside it.
 *
 * Third-party data: VietQR publishes no list. 56 of the 63 numbers stand in a second, independent list too; those that
 * do not are marked. Other short codes are in use elsewhere (MBB, BID), so compare banks by BIN, and send the host the
 * code as it stands here: it wants `MB`, not `mb`.
 */

interface Bank {
  /** Short code, letter case as VietQR wants it. */
  readonly code: string
  /** Six digits. */
  readonly bin: string
  readonly name: string
}

// biome-ignore format: one bank a line
const BANKS: readonly Bank[] = [
  { code: 'VCB', bin: '970436', name: 'Ngân hàng TMCP Ngoại Thương Việt Nam' },
  { code: 'ICB', bin: '970415', name: 'Ngân hàng TMCP Công thương Việt Nam' },
  { code: 'BIDV', bin: '970418', name: 'Ngân hàng TMCP Đầu tư và Phát triển Việt Nam' },
  { code: 'VBA', bin: '970405', name: 'Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam' },
  { code: 'TCB', bin: '970407', name: 'Ngân hàng TMCP Kỹ thương Việt Nam' },
  { code: 'VPB', bin: '970432', name: 'Ngân hàng TMCP Việt Nam Thịnh Vượng' },
  { code: 'STB', bin: '970403', name: 'Ngân hàng TMCP Sài Gòn Thương Tín' },
  { code: 'MB', bin: '970422', name: 'Ngân hàng TMCP Quân đội' },
  { code: 'HDB', bin: '970437', name: 'Ngân hàng TMCP Phát triển Thành phố Hồ Chí Minh' },
  { code: 'ACB', bin: '970416', name: 'Ngân hàng TMCP Á Châu' },
  { code: 'SHB', bin: '970443', name: 'Ngân hàng TMCP Sài Gòn - Hà Nội' },
  { code: 'VIB', bin: '970441', name: 'Ngân hàng TMCP Quốc tế Việt Nam' },
  { code: 'TPB', bin: '970423', name: 'Ngân hàng TMCP Tiên Phong' },
  { code: 'OCB', bin: '970448', name: 'Ngân hàng TMCP Phương Đông' },
  { code: 'MSB', bin: '970426', name: 'Ngân hàng TMCP Hàng Hải' },
  { code: 'LPB', bin: '970449', name: 'Ngân hàng TMCP Lộc Phát Việt Nam' },
  { code: 'NAB', bin: '970428', name: 'Ngân hàng TMCP Nam Á' },
  { code: 'NCB', bin: '970419', name: 'Ngân hàng TMCP Quốc Dân' },
  { code: 'PVCB', bin: '970412', name: 'Ngân hàng TMCP Đại Chúng Việt Nam' },
  { code: 'SCB', bin: '970429', name: 'Ngân hàng TMCP Sài Gòn' },
  { code: 'EIB', bin: '970431', name: 'Ngân hàng TMCP Xuất Nhập khẩu Việt Nam' },
  { code: 'PGB', bin: '970430', name: 'Ngân hàng TMCP Xăng dầu Petrolimex' },
  { code: 'ABB', bin: '970425', name: 'Ngân hàng TMCP An Bình' },
  { code: 'BAB', bin: '970409', name: 'Ngân hàng TMCP Bắc Á' },
  { code: 'BVB', bin: '970438', name: 'Ngân hàng TMCP Bảo Việt' },
  { code: 'DOB', bin: '970406', name: 'Ngân hàng TMCP Đông Á' },
  { code: 'KLB', bin: '970452', name: 'Ngân hàng TMCP Kiên Long' },
  { code: 'Oceanbank', bin: '970414', name: 'Ngân hàng Thương mại TNHH MTV Đại Dương' },
  { code: 'SEAB', bin: '970440', name: 'Ngân hàng TMCP Đông Nam Á' },
  { code: 'SGICB', bin: '970400', name: 'Ngân hàng TMCP Sài Gòn Công Thương' },
  { code: 'VAB', bin: '970427', name: 'Ngân hàng TMCP Việt Á' },
  { code: 'VCCB', bin: '970454', name: 'Ngân hàng TMCP Bản Việt' },
  { code: 'VIETBANK', bin: '970433', name: 'Ngân hàng TMCP Việt Nam Thương Tín' },
  { code: 'GPB', bin: '970408', name: 'Ngân hàng Thương mại TNHH MTV Dầu Khí Toàn Cầu' },
  { code: 'CBB', bin: '970444', name: 'Ngân hàng Thương mại TNHH MTV Xây dựng Việt Nam' },
  { code: 'CAKE', bin: '546034', name: 'TMCP Việt Nam Thịnh Vượng - Ngân hàng số CAKE by VPBank' },
  { code: 'Ubank', bin: '546035', name: 'TMCP Việt Nam Thịnh Vượng - Ngân hàng số Ubank by VPBank' },
  { code: 'TIMO', bin: '963388', name: 'Ngân hàng số Timo by Ban Viet Bank (Timo)' },
  { code: 'SHBVN', bin: '970424', name: 'Ngân hàng TNHH MTV Shinhan Việt Nam' },
  { code: 'HSBC', bin: '458761', name: 'Ngân hàng TNHH MTV HSBC (Việt Nam)' },
  { code: 'SCVN', bin: '970410', name: 'Ngân hàng TNHH MTV Standard Chartered Bank Việt Nam' },
  { code: 'WVN', bin: '970457', name: 'Ngân hàng TNHH MTV Woori Việt Nam' },
  { code: 'CIMB', bin: '422589', name: 'Ngân hàng TNHH MTV CIMB Việt Nam' },
  { code: 'HLBVN', bin: '970442', name: 'Ngân hàng TNHH MTV Hong Leong Việt Nam' },
  { code: 'PBVN', bin: '970439', name: 'Ngân hàng TNHH MTV Public Việt Nam' },
  { code: 'IVB', bin: '970434', name: 'Ngân hàng TNHH Indovina' },
  { code: 'CITIBANK', bin: '533948', name: 'Ngân hàng Citibank, N.A. - Chi nhánh Hà Nội' }, // in one list only
  { code: 'DBS', bin: '796500', name: 'DBS Bank Ltd - Chi nhánh Thành phố Hồ Chí Minh' },
  { code: 'UOB', bin: '970458', name: 'Ngân hàng United Overseas - Chi nhánh TP. Hồ Chí Minh' },
  { code: 'IBK - HN', bin: '970455', name: 'Ngân hàng Công nghiệp Hàn Quốc - Chi nhánh Hà Nội' },
  { code: 'IBK - HCM', bin: '970456', name: 'Ngân hàng Công nghiệp Hàn Quốc - Chi nhánh TP. Hồ Chí Minh' },
  { code: 'KEBHANAHCM', bin: '970466', name: 'Ngân hàng KEB Hana – Chi nhánh Thành phố Hồ Chí Minh' }, // in one list only
  { code: 'KEBHANAHN', bin: '970467', name: 'Ngân hàng KEB Hana – Chi nhánh Hà Nội' }, // in one list only
  { code: 'KBHN', bin: '970462', name: 'Ngân hàng Kookmin - Chi nhánh Hà Nội' },
  { code: 'KBHCM', bin: '970463', name: 'Ngân hàng Kookmin - Chi nhánh Thành phố Hồ Chí Minh' },
  { code: 'NHB HN', bin: '801011', name: 'Ngân hàng Nonghyup - Chi nhánh Hà Nội' },
  { code: 'KBank', bin: '668888', name: 'Ngân hàng Đại chúng TNHH Kasikornbank (KBank)' },
  { code: 'VRB', bin: '970421', name: 'Ngân hàng Liên doanh Việt - Nga' },
  { code: 'COOPBANK', bin: '970446', name: 'Ngân hàng Hợp tác xã Việt Nam' },
  { code: 'VBSP', bin: '999888', name: 'Ngân hàng Chính sách Xã hội' }, // in one list only
  { code: 'MAFC', bin: '977777', name: 'Công ty Tài chính TNHH MTV Mirae Asset (Việt Nam)' }, // in one list only
  { code: 'VTLMONEY', bin: '971005', name: 'Tổng Công ty Dịch vụ số Viettel - Chi nhánh tập đoàn công nghiệp viễn thông Quân Đội' }, // in one list only
  { code: 'VNPTMONEY', bin: '971011', name: 'VNPT Money' }, // in one list only
]

const BY_CODE: ReadonlyMap<string, Bank> = new Map(BANKS.map(bank => [bank.code, bank]))
const BY_BIN: ReadonlyMap<string, Bank> = new Map(BANKS.map(bank => [bank.bin, bank]))

/** The bank with this short code, letter case counting. Null for a code not listed, which may still be a bank's. */
export function bankByCode(code: string): Bank | null {
  return BY_CODE.get(code) ?? null
}

/** The bank with this number. Null for a number not listed, which may still be a bank's. */
export function bankByBin(bin: string): Bank | null {
  return BY_BIN.get(bin) ?? null
}
