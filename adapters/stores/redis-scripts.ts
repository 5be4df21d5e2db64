import { FIELDS, VECTOR_FIELDS } from "./redis-row.ts";
import { sha1 } from "./redis-sha1.ts";

// Every script of the store. Each call of the store is one script, so each is atomic and one round trip. Numbers go in and
// out as texts where they may be past Lua's fourteen digits.

export interface Script {
  /** Nothing the caller can see changes: it may be sent again. */
  readonly reads: boolean;
  readonly text: string;
  readonly sha: string;
}

export const SCHEMA = 1;
/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
const REMEMBERED_COMMITS = 10_000;
/** A feed of more entries than this would be one enormous answer: scanning again goes by pages. */
const LONGEST_FEED = 10_000;
/** Ghosts taken away in one go. */
const GHOSTS = 1000;
/** A page of a scan ends with the entry that makes it so many bytes, or with its last. */
const PAGE = 500;
const PAGE_BYTES = 500_000;

const quoted = (fields: readonly string[]): string => fields.map((field) => `'${field}'`).join(", ");

/** Where everything is. Ties of a sorted set go by member: so that ids do, all are of one length. */
const KEYS = `
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
const REMOVING = `${KEYS}
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
const WITHOUT_GHOSTS = `${REMOVING}
finish()
`;

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

export const setMeta = writing(`${KEYS}
redis.call('HSET', key('values'), ARGV[1], ARGV[2])
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

/**
 * All changes, or none and 'conflict'. Nothing undoes what a script has written, so every condition is checked before the
 * first write, on a view of the entries the changes name, as the changes before it will leave them.
 */
export const commit = writing(`${REMOVING}
if redis.call('HEXISTS', key('meta'), 'schema') == 0 then return 'gone' end
local margin = tonumber(ARGV[1])
local changes, conditional = {}, false
local at = 2
while ARGV[at] do
  changes[#changes + 1] = at
  if ARGV[at] == 'put' then
    conditional = conditional or ARGV[at + 1] ~= ''
    at = at + 11
  elseif ARGV[at] == 'touch' then
    at = at + 4 + ARGV[at + 3]
  else
    at = at + 3 + ARGV[at + 2]
  end
end

local function holds()
  local view, made = {}, {}
  local last = tonumber(redis.call('GET', key('next_id')) or '0')
  local function see(id)
    if view[id] == nil then
      local row = redis.call('HMGET', entryKey(id), 'revision', 'expiresAt')
      view[id] = row[1] and {revision = row[1], expiresAt = row[2]}
    end
    return view[id]
  end
  for _, at in ipairs(changes) do
    local verb = ARGV[at]
    if verb == 'put' then
      local when, namespace, name = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
      local place = #namespace .. ':' .. namespace .. name
      local id = made[place] or tonumber(redis.call('HGET', key('hash:' .. namespace), name) or nil)
      local known = id and see(id)
      if when == 'absent' and known then return false end
      if when ~= '' and when ~= 'absent' and not (known and known.revision == when) then return false end
      if not known then
        last = last + 1
        id = last
        made[place] = id
      end
      view[id] = {revision = whole(version + 1), expiresAt = ARGV[at + 5]}
    elseif verb == 'touch' then
      for i = at + 4, at + 3 + ARGV[at + 3] do
        local known = see(tonumber(ARGV[i]))
        if known and ARGV[at + 2] ~= 'same' then known.expiresAt = ARGV[at + 2] end
      end
    else
      for i = at + 3, at + 2 + ARGV[at + 2] do
        local id = tonumber(ARGV[i])
        local known = see(id)
        local expired = known and known.expiresAt ~= '' and tonumber(known.expiresAt)
        if known and (ARGV[at + 1] == '' or (expired and expired <= tonumber(ARGV[at + 1]))) then view[id] = false end
      end
    end
  end
  return true
end

-- The server's own time to live counts from now, as long as the entry has to live by the caller's clock, and a margin more.
local function expire(id, namespace, name, expiresAt, from)
  if expiresAt ~= '' then redis.call('ZADD', key('by_ttl'), expiresAt, member(id)) end
  local left = margin and expiresAt ~= '' and math.max(0, math.ceil(tonumber(expiresAt) - tonumber(from)))
  if left and left < 1e15 then
    local deadline = whole(now + left + margin)
    redis.call('PEXPIREAT', entryKey(id), deadline)
    redis.call('ZADD', key('by_native'), deadline, place(id, namespace, name))
  end
end

local function outlive(id, namespace, name)
  redis.call('ZREM', key('by_ttl'), member(id))
  redis.call('ZREM', key('by_native'), place(id, namespace, name))
  redis.call('PERSIST', entryKey(id))
end

local function put(at)
  local namespace, name, createdAt, expiresAt = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
  local id = redis.call('HGET', key('hash:' .. namespace), name)
  if id and redis.call('EXISTS', entryKey(id)) == 1 then
    outlive(id, namespace, name)
  else
    if id then remove(id, namespace, name) end -- the server has evicted it
    id = redis.call('INCR', key('next_id'))
    redis.call('HSET', key('hash:' .. namespace), name, whole(id))
    redis.call('ZADD', key('by_id'), whole(id), member(id))
    redis.call('ZADD', key('by_id:' .. namespace), whole(id), member(id))
    redis.call('SADD', key('namespaces'), namespace)
  end
  raised = true
  redis.call('HSET', entryKey(id), 'namespace', namespace, 'key', name, 'createdAt', createdAt, 'accessedAt', createdAt,
    'expiresAt', expiresAt, 'hits', '0', 'revision', whole(version + 1), 'text', ARGV[at + 6], 'value', ARGV[at + 7],
    'vector', ARGV[at + 8], 'metadata', ARGV[at + 9], 'tags', ARGV[at + 10])
  redis.call('ZADD', key('lru'), createdAt, member(id))
  redis.call('ZADD', key('lru:' .. namespace), createdAt, member(id))
  redis.call('ZADD', key('by_revision'), whole(version + 1), member(id))
  expire(id, namespace, name, expiresAt, createdAt)
  return {tonumber(id)}
end

local function touch(at)
  local touched = {}
  for i = at + 4, at + 3 + ARGV[at + 3] do
    local id = ARGV[i]
    local row = redis.call('HMGET', entryKey(id), 'namespace', 'key')
    if row[1] then
      redis.call('HSET', entryKey(id), 'accessedAt', ARGV[at + 1])
      redis.call('HINCRBY', entryKey(id), 'hits', 1)
      redis.call('ZADD', key('lru'), ARGV[at + 1], member(id))
      redis.call('ZADD', key('lru:' .. row[1]), ARGV[at + 1], member(id))
      if ARGV[at + 2] ~= 'same' then
        redis.call('HSET', entryKey(id), 'expiresAt', ARGV[at + 2])
        outlive(id, row[1], row[2])
        expire(id, row[1], row[2], ARGV[at + 2], ARGV[at + 1])
      end
      touched[#touched + 1] = tonumber(id)
    end
  end
  return touched
end

local function removeThese(at)
  local removed = {}
  for i = at + 3, at + 2 + ARGV[at + 2] do
    local row = redis.call('HMGET', entryKey(ARGV[i]), 'namespace', 'key', 'expiresAt')
    local expired = row[1] and row[3] ~= '' and tonumber(row[3])
    if row[1] and (ARGV[at + 1] == '' or (expired and expired <= tonumber(ARGV[at + 1]))) then
      remove(ARGV[i], row[1], row[2])
      removed[#removed + 1] = tonumber(ARGV[i])
    end
  end
  return removed
end

if conditional and not holds() then
  finish()
  return 'conflict'
end
local verbs = {put = put, touch = touch, remove = removeThese}
local applied = {}
for i, at in ipairs(changes) do applied[i] = verbs[ARGV[at]](at) end
finish()
return {version, applied}
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

function reading(text: string): Script {
  return { reads: true, text, sha: sha1(text) };
}

function writing(text: string): Script {
  return { reads: false, text, sha: sha1(text) };
}
