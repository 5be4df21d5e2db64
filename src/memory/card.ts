/** How the numbers of cards begin, with how long they are. */
const ISSUERS = [
  /^4(?:\d{15}|\d{18})$/,
  /^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))\d+$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[68]\d)\d{11}$/,
  /^(?:6011|64[4-9]|65|62)\d+$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
];

/** Whether digits are the number of a credit card: of an issuer, with its check digit right. */
export function isCard(digits: string): boolean {
  return ISSUERS.some((issuer) => issuer.test(digits)) && luhn(digits) % 10 === 0;
}

/** The sum of all digits, every second one from the right doubled, and what is over nine put together. */
function luhn(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum;
}
