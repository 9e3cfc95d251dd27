import md5 from "blueimp-md5";

/** An address of record taken apart; undefined where it is none. The realm of the digest is its domain. */
export function splitAor(aor: string): { user: string; domain: string } | undefined {
  const at = aor.lastIndexOf("@");
  const user = aor.slice(0, Math.max(at, 0));
  const domain = aor.slice(at + 1);
  if (!user || !domain || /[\s@:]/.test(domain) || /[\s:@]/.test(user)) return undefined;
  return { user, domain };
}

/** MD5(user:realm:password): all that has to be kept of a password. MD5 is taken over UTF-8. */
export function makeHa1(user: string, realm: string, password: string): string {
  return md5(`${user}:${realm}:${password}`);
}

/** MD5(HA1:nonce:MD5(destination)): what travels. */
export function makeResponse(ha1: string, nonce: string, destination: string): string {
  return md5(`${ha1}:${nonce}:${md5(destination)}`);
}

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 16 characters of base62 from the platform's random numbers, each equally likely. */
export function makeIden(): string {
  let iden = "";
  while (iden.length < 16) {
    for (const byte of crypto.getRandomValues(new Uint8Array(24))) {
      const letter = LETTERS[byte & 63];
      if (letter !== undefined && iden.length < 16) iden += letter;
    }
  }
  return iden;
}
