import { FIELDS, VECTOR_FIELDS } from "./redis-row.ts";
import {
  KEYS,
  quoted,
  REMEMBERED_COMMITS,
  REMOVING,
  reading,
  type Script,
  WITHOUT_GHOSTS,
  writing,
} from "./redis-script.ts";

// Each call of the store is one of these, or a commit, so each is atomic and one round trip.

export { commit } from "./redis-commit.ts";

export const SCHEMA = 1;
/** A feed of more entries than this would be one enormous answer: scanning again goes by pages. */
const LONGEST_FEED = 10_000;
/** A page of a scan ends with the entry that makes it so many bytes, or with its last. */
const PAGE = 500;
const PAGE_BYTES = 500_000;
/** By then nobody waits any more for a swap that is sent again. */
const REMEMBERED_SWAPS_MS = 60_000;

export const identify = reading(`${KEYS}
local meta = redis.call('HMGET', key('meta'), 'schema', 'identity')
if not meta[1] and redis.call('EXISTS', key('by_id')) == 1 then return 'lost' end
return meta
`);

export const open = writing(`${KEYS}
if redis.call('HEXISTS', key('meta'), 'schema') == 0 then
  if redis.call('EXISTS', key('by_id')) == 1 then return 'lost' end
  redis.call('HSET', key('meta'), 'schema', '${SCHEMA}', 'identity', ARGV[1])
end
return redis.call('HMGET', key('meta'), 'schema', 'identity')
`);

export const get = reading(`${KEYS}
local id = redis.call('HGET', key('hash:' .. ARGV[1]), ARGV[2])
return id and read(id)
`);

export const getMany = reading(`${KEYS}
local rows = {}
for i, id in ipairs(ARGV) do rows[i] = read(id) end
return rows
`);

/** After which id, of which namespace if any: the id to go on after, or 0 at the end; and the entries. */
export const scan = scanning(FIELDS);
export const scanVectors = scanning(VECTOR_FIELDS);

export const oldest = reading(`${WITHOUT_GHOSTS}
return redis.call('ZRANGE', key(ARGV[2] and 'lru:' .. ARGV[2] or 'lru'), 0, ARGV[1])
`);

export const count = reading(`${WITHOUT_GHOSTS}
return redis.call('ZCARD', key(ARGV[1] and 'by_id:' .. ARGV[1] or 'by_id'))
`);

export const namespaces = reading(`${WITHOUT_GHOSTS}
return redis.call('SMEMBERS', key('namespaces'))
`);

/** The server that has the keys, by the name it gave itself when it started. What it has removed by itself leaves no names. */
export const server = reading(`${WITHOUT_GHOSTS}
return '=' .. string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
`);

export const version = reading(`${KEYS}
return tonumber(redis.call('GET', key('version')) or '0')
`);

export const changesSince = reading(`${WITHOUT_GHOSTS}
local since = tonumber(ARGV[1])
if since < 0 or since > version or since < version - ${REMEMBERED_COMMITS} then return false end
if redis.call('ZCOUNT', key('by_revision'), '(' .. ARGV[1], '+inf') > ${LONGEST_FEED} then return false end
local rows = {}
for _, m in ipairs(redis.call('ZRANGEBYSCORE', key('by_revision'), '(' .. ARGV[1], '+inf')) do
  local row = read(m)
  if row then rows[#rows + 1] = row end
end
return {version, redis.call('ZRANGEBYSCORE', key('removed'), '(' .. ARGV[1], '+inf'), rows}
`);

export const getMeta = reading(`${KEYS}
return redis.call('HGET', key('values'), ARGV[1])
`);

export const getMetas = reading(`${KEYS}
return #ARGV == 0 and {} or redis.call('HMGET', key('values'), unpack(ARGV))
`);

export const setMeta = writing(`${KEYS}
redis.call('HSET', key('values'), ARGV[1], ARGV[2])
return 1
`);

/** Key, before ('' for none, which no text is), after, and a token: clients send again what they got no answer to. */
export const swapMeta = writing(`${KEYS}
local done = key('swap:' .. ARGV[4])
if redis.call('EXISTS', done) == 1 then return 1 end
if (redis.call('HGET', key('values'), ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', key('values'), ARGV[1], ARGV[3])
redis.call('SET', done, '1', 'PX', ${REMEMBERED_SWAPS_MS})
return 1
`);

/** Compares what the indexes count, and looks for the entries of those used least: a server short of memory takes them first. */
export const check = reading(`${WITHOUT_GHOSTS}
local total = redis.call('ZCARD', key('by_id'))
local sum = 0
for _, namespace in ipairs(redis.call('SMEMBERS', key('namespaces'))) do
  local held = redis.call('ZCARD', key('by_id:' .. namespace))
  if redis.call('HLEN', key('hash:' .. namespace)) ~= held or redis.call('ZCARD', key('lru:' .. namespace)) ~= held then
    return '=a namespace lists other entries than it counts'
  end
  sum = sum + held
end
if sum ~= total then return '=the namespaces hold other entries than there are' end
if redis.call('ZCARD', key('lru')) ~= total or redis.call('ZCARD', key('by_revision')) ~= total then
  return '=the indexes list other entries than there are'
end
if redis.call('HEXISTS', key('meta'), 'schema') == 0 then return '=what was stored is gone' end
for _, m in ipairs(redis.call('ZRANGE', key('lru'), 0, 99)) do
  if redis.call('EXISTS', entryKey(m)) == 0 then return '=entries are listed that the server has evicted' end
end
return '='
`);

/** Removes what is expired at a time, of one namespace if one is given; answers the ids. */
export const removeExpired = writing(`${REMOVING}
local removed = {}
for _, m in ipairs(redis.call('ZRANGEBYSCORE', key('by_ttl'), '-inf', ARGV[1])) do
  local row = redis.call('HMGET', entryKey(m), 'namespace', 'key')
  if row[1] and (not ARGV[2] or row[1] == ARGV[2]) then
    removed[#removed + 1] = tonumber(m)
    remove(m, row[1], row[2])
  end
end
finish()
return removed
`);

/** Removes all, or all of a namespace; answers how many. */
export const clear = writing(`${REMOVING}
local removed = 0
for _, namespace in ipairs(ARGV[1] and {ARGV[1]} or redis.call('SMEMBERS', key('namespaces'))) do
  local names = redis.call('HGETALL', key('hash:' .. namespace))
  for i = 1, #names, 2 do
    remove(names[i + 1], namespace, names[i])
    removed = removed + 1
  end
end
finish()
return removed
`);

function scanning(fields: readonly string[]): Script {
  return reading(`${WITHOUT_GHOSTS}
local index = key(ARGV[2] and 'by_id:' .. ARGV[2] or 'by_id')
local members = redis.call('ZRANGEBYSCORE', index, '(' .. ARGV[1], '+inf', 'LIMIT', 0, ${PAGE})
local rows, bytes = {}, 0
for i, m in ipairs(members) do
  local row = redis.call('HMGET', entryKey(m), ${quoted(fields)})
  if row[1] then
    for _, field in ipairs(row) do bytes = bytes + #(field or '') end
    table.insert(row, 1, whole(m))
    rows[#rows + 1] = row
  end
  if bytes > ${PAGE_BYTES} and i < #members then return {tonumber(m), rows} end
end
return {#members == ${PAGE} and tonumber(members[${PAGE}]) or 0, rows}
`);
}
