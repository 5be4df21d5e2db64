import { isCard } from "./card.ts";
import { assignments } from "./secret-assignments.ts";

/** A text without its secrets, and the kinds of those that were in it. */
interface Redacted {
  text: string;
  kinds: string[];
}

/** Takes secrets of its kind out of a text, and puts what `marked` gives in their place. */
type Redactor = (text: string, marked: (kind: string) => string) => string;

// Every pattern begins with what only a secret has, or is bounded where it may not end: whatever the text, the work for it is in
// proportion to its length.

/** Not amid a word, but after a line end that is escaped. */
const START = /(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))/;

/** What is known by how it begins. */
const PREFIXED: Readonly<Record<string, readonly RegExp[]>> = {
  jwt: [/eyJ[\w-]{8,}\.[\w-]*\.(?:[\w-]+(?:\.[\w-]+){0,2})?/],
  "aws-key": [/(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/],
  "github-token": [/gh[pousr]_\w{20,}/, /github_pat_\w{20,}/],
  "gitlab-token": [/gl(?:pat|dt|rtr?|cbt|ptt|ft|soat|agent|imt|ffct|oas|wt)-[\w-]{20,}(?:\.[\w-]+){0,3}/],
  "slack-token": [/xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}/, /xapp-[A-Za-z0-9-]{10,}/],
  "slack-webhook": [/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{10,}/],
  "stripe-key": [/[sr]k_(?:live|test)_\w{10,}/, /whsec_[\w+/=]{16,}/],
  "anthropic-key": [/sk-ant-[\w-]{16,}/],
  "openai-key": [/sk-(?:proj|svcacct|admin)-[\w-]{16,}/, /sk-[A-Za-z0-9]{16,}(?![A-Za-z0-9-])/],
  "google-key": [/AIza[\w-]{30,}/, /ya29\.[\w-]{20,}/, /GOCSPX-[\w-]{20,}/, /1\/\/0[\w-]{20,}/],
  "npm-token": [/npm_[A-Za-z0-9]{30,}/],
  "huggingface-token": [/hf_[A-Za-z0-9]{30,}/, /api_org_[A-Za-z0-9]{30,}/],
  token: [
    /(?:gsk|r8|ntn|figd|sbp|dop_v1|doo_v1|lin_api|lin_oauth|shp(?:at|ca|pa|ss)|rubygems)_\w{30,}/,
    /(?:sk-or|xai|pplx|pypi|sq0atp|sq0csp)-[\w-]{20,}/,
    /SG\.[\w-]{16,}\.[\w-]{16,}/,
    /hv[sbr]\.[\w-]{20,}/,
    /AGE-SECRET-KEY-1[A-Z0-9]{40,}/,
    /\d{8,10}:AA[\w-]{33}(?![\w-])/,
  ],
};

const prefixed: readonly Redactor[] = Object.entries(PREFIXED).map(([kind, beginnings]) => {
  const pattern = new RegExp(`${START.source}(?:${beginnings.map(({ source }) => source).join("|")})`, "g");
  return (text, marked) => text.replace(pattern, () => marked(kind));
});

/** A key that was cut off goes as far as its lines do. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[^-]*(?:-[^-]+){0,12}-----END [A-Z0-9 ]{0,40}-----|(?:(?:\\[nr]|\s){1,8}[A-Za-z0-9+/=]{16,}){0,400})/g;

const privateKeys: Redactor = (text, marked) => text.replace(PRIVATE_KEY, () => marked("private-key"));

/** Not told from other text by its look: it stands after the key that it belongs to. */
const AWS_SECRET = /((?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9+/]{1,12})[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g;

const awsSecrets: Redactor = (text, marked) =>
  text.replace(AWS_SECRET, (_, before: string) => before + marked("aws-secret"));

const HEADER =
  /(authorization\\{0,7}["']?[ \t]{0,9}[:=][ \t]{0,9}\\{0,7}["']?)((?:bearer|basic|token|digest|apikey|bot)[ \t]{1,9})?([^\s"'\\,;[$<{][^\s"'\\,;]{5,})/gi;
const BEARER = /\b(bearer[ \t]{1,9})(?=[\w.~+/-]*\d)([\w.~+/-]{15,}[\w~+/=-])/gi;
const BASIC = /\b(basic[ \t]{1,9})([A-Za-z0-9+/]{8,}={0,2})/gi;

const authorizations: Redactor = (text, marked) =>
  text
    .replace(HEADER, (whole, before: string, scheme: string | undefined, value: string) => {
      const isSecret = /\d|=$/.test(value) && (scheme !== undefined || value.length >= 20);
      return isSecret ? before + (scheme ?? "") + marked("authorization") : whole;
    })
    .replace(BEARER, (_, before: string) => before + marked("authorization"))
    .replace(BASIC, (whole, before: string, value: string) =>
      isUserAndPassword(value) ? before + marked("authorization") : whole,
    );

function isUserAndPassword(base64: string): boolean {
  try {
    return /^[ -~]+:[ -~]+$/.test(atob(base64));
  } catch {
    return false; // a word
  }
}

/** A password may have @ in it; a host may not. */
const IN_URL = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,200}:)(?!\[redacted:|\$\{|\*+@)([^\s/"'<>]+)(?=@)/gi;

const inUrls: Redactor = (text, marked) => text.replace(IN_URL, (_, before: string) => before + marked("password"));

const CARD =
  /(?<![\w.]|\d-)(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3\d{3}([ -]?)\d{6}\2\d{4,5})(?![\w]|[.,-]\d)/g;

const cards: Redactor = (text, marked) =>
  text.replace(CARD, (digits) => (isCard(digits.replace(/\D/g, "")) ? marked("card") : digits));

const REDACTORS: readonly Redactor[] = [
  privateKeys,
  awsSecrets,
  ...prefixed,
  authorizations,
  inUrls,
  assignments,
  cards,
];

/** Puts [redacted:KIND] in the place of secrets: keys, tokens, passwords, numbers of cards. What only looks like one stays. */
export function redact(text: string): Redacted {
  const kinds = new Set<string>();
  const marked = (kind: string) => {
    kinds.add(kind);
    return `[redacted:${kind}]`;
  };
  // What is taken away may have hidden where another begins.
  for (let before = ""; before !== text; ) {
    before = text;
    for (const redactor of REDACTORS) text = redactor(text, marked);
  }
  return { text, kinds: [...kinds] };
}
