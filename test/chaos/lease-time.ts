/** How long who computes may be silent. */
export const LEASE_MS = 600;
