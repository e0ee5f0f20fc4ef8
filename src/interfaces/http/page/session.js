const NAME = 'key';

/** The API key or token that was given for this tab, until it is closed. */
export const session = {
  get key() {
    return sessionStorage.getItem(NAME) ?? undefined;
  },
  logIn(key) {
    sessionStorage.setItem(NAME, key);
  },
  logOut() {
    sessionStorage.removeItem(NAME);
  },
  /** What proves to the service who asks. */
  headers() {
    const { key } = this;
    if (key === undefined) return {};
    return isToken(key) ? { Authorization: `Bearer ${key}` } : { 'X-API-Key': key };
  },
};

/** A JWT has three parts; a key of this service has no point. */
function isToken(key) {
  return key.split('.').length === 3;
}
