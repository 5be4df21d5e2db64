declare module "@upstash/redis/cloudflare" {
  import type { UpstashClient } from "../../adapters/stores/redis.ts";
  export const Redis: {
    new (options: object): UpstashClient;
    fromEnv(env: object, options: object): UpstashClient;
  };
}
