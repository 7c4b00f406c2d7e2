/** How VietQR keeps the account of a shop; a merchant's payments are reported, a plain one's are told when asked. */
export const SHOP_ACCOUNTS = ['merchant', 'plain', 'bidv', 'other', 'unknown'] as const
export type ShopAccount = (typeof SHOP_ACCOUNTS)[number]
