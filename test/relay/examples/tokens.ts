/** What the callers of the examples show, and what makes it good. */

import { createHash, createHmac } from "node:crypto";

const SECRET = "a secret of the application";
const LATER = Math.floor(Date.now() / 1_000) + 3_600;
const EARLIER = LATER - 7_200;

const hmac = (text: string, secret: string) => createHmac("sha256", secret).update(text);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(user: string, expiry: number, secret: string = SECRET): string {
  return `${user}.${expiry}.${hmac(`${user}.${expiry}`, secret).digest("hex")}`;
}

function jwt(claims: object, secret: string = SECRET, alg = "HS256"): string {
  const text = `${base64url({ alg, typ: "JWT" })}.${base64url(claims)}`;
  return `${text}.${alg === "none" ? "" : hmac(text, secret).digest("base64url")}`;
}

const TEAM = "one-of-the-team";

/** The variables that all examples are started with. */
export const VARIABLES: Record<string, string> = {
  BASETEN_API_KEY: "relay-key-0123456789",
  TOKEN: TEAM,
  TOKEN_SECRET: SECRET,
  JWT_SECRET: SECRET,
  TOKEN_HASHES: ["another", TEAM].map((token) => createHash("sha256").update(token).digest("hex")).join(", "),
};

/** Tokens that get in, and tokens that do not, by name. */
export const tokens: Record<string, { good: string; bad: Record<string, string> }> = {
  deno: {
    good: signed("ann", LATER),
    bad: {
      none: "",
      expired: signed("ann", EARLIER),
      "of another secret": signed("ann", LATER, "guessed"),
      "of another user": signed("ann", LATER).replace("ann", "bob"),
      prolonged: signed("ann", EARLIER).replace(String(EARLIER), String(LATER)),
      unsigned: `ann.${LATER}.`,
      "without an expiry": signed("ann", Number.NaN),
      "with half a signature": signed("ann", LATER).slice(0, -32),
    },
  },
  bun: {
    good: TEAM,
    bad: { none: "", another: "one-of-the-others", "the hash itself": VARIABLES.TOKEN_HASHES?.slice(0, 64) ?? "" },
  },
  token: { good: TEAM, bad: { none: "", another: "one-of-the-others", "a longer one": `${TEAM}x` } },
  hono: {
    good: jwt({ plan: "pro", exp: LATER }),
    bad: {
      none: "",
      "of another plan": jwt({ plan: "free", exp: LATER }),
      expired: jwt({ plan: "pro", exp: EARLIER }),
      "of another secret": jwt({ plan: "pro", exp: LATER }, "guessed"),
      unsigned: jwt({ plan: "pro", exp: LATER }, SECRET, "none"),
    },
  },
};
