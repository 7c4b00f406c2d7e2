/** Finds the few orders that may wait for a person among all there ever were. */
export const ordersForPeople = `
CREATE INDEX orders_for_people ON orders (created_at)
  WHERE fulfilment IN ('unknown','failed','partial','held','refund') OR state IN ('late','held','underpaid');
`
