import { FIELDS } from "./redis-row.ts";
import { sha1 } from "./redis-sha1.ts";

// What scripts are, and what they begin with. Numbers go in and out as texts where they may be past Lua's fourteen digits.

export interface Script {
  /** Nothing the caller can see changes: it may be sent again. */
  readonly reads: boolean;
  readonly text: string;
  readonly sha: string;
}

/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
export const REMEMBERED_COMMITS = 10_000;
/** Ghosts taken away in one go. */
const GHOSTS = 1000;

export function reading(text: string): Script {
  return { reads: true, text, sha: sha1(text) };
}

export function writing(text: string): Script {
  return { reads: false, text, sha: sha1(text) };
}

export function quoted(fields: readonly string[]): string {
  return fields.map((field) => `'${field}'`).join(", ");
}

/** Where everything is. Ties of a sorted set go by member: so that ids do, all are of one length. */
export const KEYS = `
local function key(name) return KEYS[1] .. ':' .. name end
local function whole(number) return string.format('%.0f', number) end
local function member(id) return string.format('%016.0f', id) end
local function entryKey(id) return key('entry:' .. whole(id)) end
local function read(id)
  local row = redis.call('HMGET', entryKey(id), ${quoted(FIELDS)})
  if not row[1] then return false end
  table.insert(row, 1, whole(id))
  return row
end
`;

/**
 * Removing, and what must be removed first: ghosts, entries whose hash the server has taken away when its own time to live had
 * passed. by_native tells which they are, by the server's clock, and what they were called.
 */
export const REMOVING = `${KEYS}
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local version = tonumber(redis.call('GET', key('version')) or '0')
local raised = false

local function place(id, namespace, name) return member(id) .. #namespace .. ':' .. namespace .. name end

local function remove(id, namespace, name)
  local m = member(id)
  redis.call('UNLINK', entryKey(id))
  redis.call('HDEL', key('hash:' .. namespace), name)
  redis.call('ZREM', key('by_id'), m)
  redis.call('ZREM', key('by_id:' .. namespace), m)
  redis.call('ZREM', key('lru'), m)
  redis.call('ZREM', key('lru:' .. namespace), m)
  redis.call('ZREM', key('by_revision'), m)
  redis.call('ZREM', key('by_ttl'), m)
  redis.call('ZREM', key('by_native'), place(id, namespace, name))
  if redis.call('EXISTS', key('by_id:' .. namespace)) == 0 then redis.call('SREM', key('namespaces'), namespace) end
  redis.call('ZADD', key('removed'), whole(version + 1), m)
  raised = true
end

local function finish()
  if not raised then return end
  version = version + 1
  raised = false
  redis.call('SET', key('version'), whole(version))
  redis.call('ZREMRANGEBYSCORE', key('removed'), '-inf', whole(version - ${REMEMBERED_COMMITS}))
end

local ghosts = redis.call('ZRANGEBYSCORE', key('by_native'), '-inf', whole(now), 'LIMIT', 0, ${GHOSTS})
for _, ghost in ipairs(ghosts) do
  local length, names = string.match(string.sub(ghost, 17), '^(%d+):(.*)$')
  remove(tonumber(string.sub(ghost, 1, 16)), string.sub(names, 1, length), string.sub(names, length + 1))
end
if #ghosts == ${GHOSTS} then
  finish()
  return 'again'
end
`;

/** For scripts that otherwise only read. */
export const WITHOUT_GHOSTS = `${REMOVING}
finish()
`;
