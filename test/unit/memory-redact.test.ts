import fc from "fast-check";
import { redact } from "../../src/memory/redact.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { HOSTILE, repeated } from "./memory-hostile.ts";

/** What must not be remembered. */
export const memoryRedactTests: Suite = (test) => {
  test("secrets known by their look are taken out, of every kind", () => {
    for (const [kind, secrets] of Object.entries(SECRETS)) {
      for (const secret of secrets) {
        const marker = `[redacted:${kind}]`;
        for (const [before, after] of AROUND) {
          const expected = { text: `${before}${marker}${after}`, kinds: [kind] };
          equal(redact(`${before}${secret}${after}`), expected, `${kind} in ${JSON.stringify(before)}`);
        }
      }
    }
  });

  test("what is assigned to the name of a secret is taken out, and the name stays", () => {
    for (const [text, expected] of ASSIGNED) equal(redact(text).text, expected, text);
  });

  test("headers, addresses and key blocks lose their secret part only", () => {
    for (const [text, expected] of IN_PARTS) equal(redact(text).text, expected, text);
  });

  test("what only looks like a secret stays", () => {
    for (const text of INNOCENT) equal(redact(text), { text, kinds: [] }, text);
  });

  test("several kinds are each told once", () => {
    const text = `${SECRETS.card![0]} and ${SECRETS.card![1]}; password=hunter22; ${SECRETS["npm-token"]![0]}`;
    equal(redact(text), {
      text: "[redacted:card] and [redacted:card]; password=[redacted:password]; [redacted:npm-token]",
      kinds: ["npm-token", "password", "card"],
    });
  });

  test("redacting twice is redacting once, and no secret is left beside another", () => {
    const secrets = Object.values(SECRETS).flat();
    const piece = fc.oneof(
      fc.constantFrom(...secrets),
      fc.constantFrom(...PIECES),
      anyText({ maxLength: 3 }),
      fc.constantFrom(" ", "\n", '"', "'", "\\", "/", "@", ":", "=", "-", "[redacted:jwt]"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { text } = redact(pieces.join(""));
        equal(redact(text), { text, kinds: [] });
        const { text: apart } = redact(pieces.join(" \n "));
        for (const piece of pieces) if (secrets.includes(piece)) ok(!apart.includes(piece), piece);
      }),
      { numRuns: cases(2000) },
    );
  });

  test("no text is too strange, or too long", () => {
    for (const unit of [...Object.values(HOSTILE), ...PIECES, ...Object.values(SECRETS).flat()]) {
      for (const start of ["", "password="]) redact(start + repeated(unit, cases(32_768)));
    }
    // Where the work were its square, these would not be over in time.
    for (const unit of ["token=/token=", "-----BEGIN PRIVATE KEY-----", "https://a:b@", "a"]) {
      redact(repeated(unit, cases(1_000_000)));
    }
  });
};

/** Made here, so that no scanner takes them for somebody's. */
function made(length: number, alphabet = "aB3dE5gH7jK9mN2pQ4sT6vW8xY0zC1f"): string {
  return Array.from({ length }, (_, i) => alphabet[(i * 7 + length) % alphabet.length]).join("");
}
const upper = (length: number) => made(length).toUpperCase();
const hex = (length: number) => made(length, "0a1b2c3d4e5f6789");

const PEM = (type: string, body: string) => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----`;

const SECRETS: Readonly<Record<string, readonly string[]>> = {
  "private-key": [
    PEM("PRIVATE KEY", `${made(64)}\n${made(64)}\n${made(20)}==`),
    PEM("RSA PRIVATE KEY", `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,${hex(32)}\n\n${made(64)}`),
    PEM("OPENSSH PRIVATE KEY", made(70)),
    PEM("PGP PRIVATE KEY BLOCK", `Version: GnuPG v2\n\n${made(64)}\n=aB3d`),
    `-----BEGIN EC PRIVATE KEY-----\\n${made(64)}\\n${made(64)}\\n-----END EC PRIVATE KEY-----`,
  ],
  jwt: [
    `eyJ${made(33)}.eyJ${made(70)}.${made(43)}`,
    `eyJ${made(20)}.eyJ${made(20)}.`,
    `eyJ${made(40)}..${made(16)}.${made(60)}.${made(22)}`,
  ],
  "aws-key": [`AKIA${upper(16)}`, `ASIA${upper(16)}`],
  "github-token": ["p", "o", "u", "s", "r"]
    .map((kind) => `gh${kind}_${made(36)}`)
    .concat(`github_pat_${made(22)}_${made(59)}`),
  "gitlab-token": [`glpat-${made(20)}`, `glrt-${made(10)}-${made(10)}_`],
  "slack-token": [`xoxb-${"123456789012"}-${made(24)}`, `xoxe.xoxp-1-${made(60)}`, `xapp-1-${upper(11)}-${made(30)}`],
  "stripe-key": [`sk_live_${made(24)}`, `rk_test_${made(24)}`, `whsec_${made(32)}`],
  "anthropic-key": [`sk-ant-api03-${made(80)}-${made(6)}AA`],
  "openai-key": [`sk-${made(48)}`, `sk-proj-${made(40)}_${made(20)}-${made(30)}`, `sk-svcacct-${made(40)}`],
  "google-key": [`AIza${made(35)}`, `ya29.${made(60)}`, `GOCSPX-${made(28)}`],
  "npm-token": [`npm_${made(36)}`],
  "huggingface-token": [`hf_${made(34)}`],
  token: [
    `gsk_${made(52)}`,
    `xai-${made(80)}`,
    `dop_v1_${hex(64)}`,
    `SG.${made(22)}.${made(43)}`,
    `hvs.${made(90)}`,
    `shpat_${hex(32)}`,
    `sk-or-v1-${hex(64)}`,
    `123456789:AA${made(33)}`,
    `pypi-${made(80)}`,
  ],
  card: [
    "4111111111111111",
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "3782 822463 10005",
    "6011111111111117",
    "30569309025904",
  ],
};

const AROUND: readonly (readonly [string, string])[] = [
  ["", ""],
  ["It is ", "."],
  ["(", ")"],
  ['{"x":"', '"}'],
  ["x\n", "\ny"],
  ["x = '", "';"],
  ["`", "`"],
  ["<b>", "</b>"],
];

const ASSIGNED: readonly (readonly [text: string, redacted: string])[] = [
  ["password = hunter2", "password = [redacted:password]"],
  ["password=letmein", "password=[redacted:password]"],
  ["password: hunter2", "password: [redacted:password]"],
  ["db:\n  password: letmein\n  port: 5432", "db:\n  password: [redacted:password]\n  port: 5432"],
  ["- Password: correcthorse", "- Password: [redacted:password]"],
  ["PASSWORD = letmein", "PASSWORD = [redacted:password]"],
  ["pwd=1234", "pwd=[redacted:password]"],
  ["passphrase: 'correct horse battery staple'", "passphrase: '[redacted:password]'"],
  ['{"password": "a\\"b", "user": "x"}', '{"password": "[redacted:password]", "user": "x"}'],
  ['"{\\"password\\": \\"s3same!\\"}"', '"{\\"password\\": \\"[redacted:password]\\"}"'],
  ["config['password'] = 's3same'", "config['password'] = '[redacted:password]'"],
  ["export DB_PASSWORD=s3cr3t!", "export DB_PASSWORD=[redacted:password]"],
  ['const dbPassword: string = "s3cr3t";', 'const dbPassword: string = "[redacted:password]";'],
  [
    "Server=db;User Id=sa;Password=P@ssw0rd!;Encrypt=yes",
    "Server=db;User Id=sa;Password=[redacted:password];Encrypt=yes",
  ],
  ["mysql --password=s3cr3t app", "mysql --password=[redacted:password] app"],
  ["tool login --token abcdef123456 --verbose", "tool login --token [redacted:token] --verbose"],
  ["<password>s3cr3t</password>", "<password>[redacted:password]</password>"],
  ["The wifi password is tulip-42-garden.", "The wifi password is [redacted:password]."],
  [
    "the password for the staging database is now Blue7Fish, I think",
    "the password for the staging database is now [redacted:password], I think",
  ],
  ["password: 'a token=abc123 b' token=def456", "password: '[redacted:password]' token=[redacted:token]"],
  ["api_key: abc123def456", "api_key: [redacted:key]"],
  ["API key = abc123def456", "API key = [redacted:key]"],
  ["X-Api-Key: abc123def456", "X-Api-Key: [redacted:key]"],
  ['apiKey: "abcdefghijklmnopqrst"', 'apiKey: "[redacted:key]"'],
  ["token=abc123def", "token=[redacted:token]"],
  ["GET /v1?access_token=abc123def&page=2", "GET /v1?access_token=[redacted:token]&page=2"],
  ["a=1&token=abc123&api_key=def456", "a=1&token=[redacted:token]&api_key=[redacted:key]"],
  ["client_secret=q1w2e3r4", "client_secret=[redacted:secret]"],
  ["SECRET_KEY = 'django-insecure-4$x'", "SECRET_KEY = '[redacted:key]'"],
  [`aws_secret_access_key = ${made(40)}`, "aws_secret_access_key = [redacted:aws-secret]"],
  [
    "AccountName=x;AccountKey=abcdEFGH1234==;EndpointSuffix=y",
    "AccountName=x;AccountKey=[redacted:key];EndpointSuffix=y",
  ],
  [`secret: ${"a1".repeat(600)} end`, "secret: [redacted:secret] end"],
];

const IN_PARTS: readonly (readonly [text: string, redacted: string])[] = [
  ["Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted:authorization]"],
  [`-H 'Authorization: Basic ${btoa("user:pass")}'`, "-H 'Authorization: Basic [redacted:authorization]'"],
  ['{"Authorization":"token 0123456789abcdef"}', '{"Authorization":"token [redacted:authorization]"}'],
  [`Authorization: ${made(32)}`, "Authorization: [redacted:authorization]"],
  [`sent Bearer ${made(32)} to it`, "sent Bearer [redacted:authorization] to it"],
  [`sent Basic ${btoa("user:pass")} to it`, "sent Basic [redacted:authorization] to it"],
  ["postgres://app:s3cr3t@db.example.org:5432/app", "postgres://app:[redacted:password]@db.example.org:5432/app"],
  ["redis://:p@ss@host", "redis://:[redacted:password]@host"],
  ["postgresql+asyncpg://user:password@localhost", "postgresql+asyncpg://user:[redacted:password]@localhost"],
  [`AKIA${upper(16)},${made(40)}`, "[redacted:aws-key],[redacted:aws-secret]"],
  [`"log:\\nghp_${made(36)}"`, '"log:\\n[redacted:github-token]"'],
  // The digits hid the name, which is part of no address of a service now.
  ["4111111111111111:password=hunter2", "[redacted:card]:password=[redacted:password]"],
  ["https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/abcdefgh", "https://[redacted:slack-webhook]"],
  [
    `-----BEGIN PRIVATE KEY-----\n${made(64)}\n${made(30)}\nThe rest was cut off.`,
    "[redacted:private-key]\nThe rest was cut off.",
  ],
];

const INNOCENT = `
the password policy changed
The password must be at least 12 characters long.
Password: must be changed every 90 days
password: required
password rotation: every 90 days, 8-16 characters
Passwords: 12 characters or more
password = getPassword()
password = user.password
login(user=user, password=password)
login(user=user, password=userPassword)
password: "DB_PASSWORD"
They asked for a password: nonsense
{ password: "Their password is too short" }
the password is 4words2lines long
password: string;
password: z.string().min(8)
const token = await login(user);
const token = tokens[3];
token: Uint8Array
password=$DB_PASSWORD and token=\${TOKEN}
token: \${{ secrets.GITHUB_TOKEN }}
api_key=process.env.API_KEY
api_key: "OPENAI_API_KEY"
password=<password>, or password=****
API_KEY=your-api-key-here
The token: a small piece of text
Unexpected token: } at line 3
max_tokens: 4096, token=50256
tokens=1500 token_limit=8000
pad_token="<pad>" eos_token: </s>
token: RS256 signed; password: bcrypt hashed; secret: base64
secret: /run/secrets/db1
arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db2-x
The secret: start early.
The access token is valid for 15 minutes.
the password is sha256-hashed
the token is rs256-signed
Bearer tokens are sent in a header of every request
Authorization: required for every endpoint of version 2
Basic authentication is switched off
basic understanding of 3 things
commit da39a3ee5e6b4b0d3255bfef95601890afd80709
550e8400-e29b-41d4-a716-446655440000
12345678-1234-1234-1234-123456789012
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4
sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
$1,234.56 and 4111.11 and 1700000000000
+1 415 555 2671, (030) 1234567, 0044 20 7946 0958
Order 4111111111111112, tracking 9400110200881234567890
4111-1111-1111-1111-1111 is no card, nor is 0.4111111111111111
https://example.org:8080/a@b and user@example.org and git@github.com:a/b.git
http://host:80/path?x=@y
postgres://user:\${PASS}@host/db
mailto:bob@example.org ssh://git@example.org/repo
task-abcdefghijklmnopqrstuvwxyz0123456789 and risk-assessment-of-the-year-2024
sk-learn-model and sk-fading-circle-of-the-loader
AKIA is a prefix; eyJ is one too; ghp_short; npm_config_registry=https://registry.example.org/
-----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----
hf_hub_download and glpat- and xoxb-
The API key: see 1Password
compass: north
OLDPWD=/home/user/src
rotate the secret every 30 days = monthly
`
  .trim()
  .split("\n");

const PIECES = [
  "password=",
  "password='",
  'password="',
  'password=\\"',
  "token=/token=",
  "token=",
  "secret: ",
  "password is ",
  "password for ",
  "--token ",
  "<token>",
  "&a=",
  "authorization: bearer ",
  "bearer ",
  "basic ",
  "https://",
  "https://a:",
  "https://a:b@",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----\n\n\n",
  "-----BEGIN PRIVATE KEY PRIVATE KEY",
  "AKIA",
  `AKIA${upper(16)}`,
  `AKIA${upper(16)},`,
  "eyJabcdefgh.",
  "ghp_",
  "sk-",
  "xoxb-",
  "4111 ",
  "4111 1111 1111 1111",
  "hunter2",
  "1Aa",
];
