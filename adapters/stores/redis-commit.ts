import { REMOVING, type Script, writing } from "./redis-script.ts";

/**
 * All changes, or none and 'conflict'. Nothing undoes what a script has written, so every condition is checked before the
 * first write, on a view of the entries the changes name, as the changes before it will leave them.
 */
export const commit: Script = writing(`${REMOVING}
if redis.call('HEXISTS', key('meta'), 'schema') == 0 then return 'gone' end
local margin = tonumber(ARGV[1])
local changes, conditional = {}, false
local at = 2
while ARGV[at] do
  changes[#changes + 1] = at
  if ARGV[at] == 'put' then
    conditional = conditional or ARGV[at + 1] ~= ''
    at = at + 13
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
  local accessedAt = ARGV[at + 11]
  redis.call('HSET', entryKey(id), 'namespace', namespace, 'key', name, 'createdAt', createdAt, 'accessedAt', accessedAt,
    'expiresAt', expiresAt, 'hits', ARGV[at + 12], 'revision', whole(version + 1), 'text', ARGV[at + 6], 'value', ARGV[at + 7],
    'vector', ARGV[at + 8], 'metadata', ARGV[at + 9], 'tags', ARGV[at + 10])
  redis.call('ZADD', key('lru'), accessedAt, member(id))
  redis.call('ZADD', key('lru:' .. namespace), accessedAt, member(id))
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
