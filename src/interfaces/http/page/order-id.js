/** An order's whole id: its owner and a slash come first where it has one, so that two clients' ids are never the same. */
export function wholeId({ orderId, owner }) {
  return owner === undefined ? orderId : `${owner}/${orderId}`;
}

/** Where the API has the order with this whole id. */
export function orderUrl(id, { partition, offset } = {}) {
  const slash = id.lastIndexOf('/');
  const query = new URLSearchParams({
    ...(partition !== undefined && { partition, offset }),
    ...(slash >= 0 && { owner: id.slice(0, slash) }),
  });
  const path = `api/Order/${encodeURIComponent(id.slice(slash + 1))}`;
  return query.size === 0 ? path : `${path}?${query}`;
}
