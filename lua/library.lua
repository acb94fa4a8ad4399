-- What walks over tables, in Lua so that the budget counts every step.
--
-- Keys are visited in an order of their own: numbers, then texts, then false
-- and true.  Lua's order differs from run to run, and two runs must be equal.

local raw_next, type, fail, select = ...

local rank = { number = 1, string = 2, boolean = 3 }

local function table_of (t, who)
  if type (t) ~= "table" then fail (who .. " takes a table, not " .. type (t)) end
  return t
end

local function before (a, b)
  local ra, rb = rank[type (a)], rank[type (b)]
  if not (ra and rb) then
    fail ("only numbers, texts and booleans are keys that have an order")
  end
  if ra ~= rb then return ra < rb end
  if ra == 3 then return not a and b end
  return a < b
end

-- Runs of doubled length are merged; equal ones stay as they stood, and a
-- comparison that makes no sense costs no more than one that does.
local function merge (from, to, low, middle, high, less)
  local i, j = low, middle
  for k = low, high - 1 do
    if i < middle and (j >= high or not less (from[j], from[i])) then
      to[k], i = from[i], i + 1
    else
      to[k], j = from[j], j + 1
    end
  end
end

local function sorted (t, n, less)
  local from, to = t, {}
  local width = 1
  while width < n do
    for low = 1, n, 2 * width do
      local middle = low + width
      local high = middle + width
      if middle > n + 1 then middle = n + 1 end
      if high > n + 1 then high = n + 1 end
      merge (from, to, low, middle, high, less)
    end
    from, to = to, from
    width = 2 * width
  end
  return from
end

local function ascending (a, b) return a < b end

local function sort (t, less)
  local n = #table_of (t, "sort")
  if less ~= nil and type (less) ~= "function" then
    fail ("sort takes a table and a function, not " .. type (less))
  end
  local result = sorted (t, n, less or ascending)
  if result ~= t then
    for i = 1, n do t[i] = result[i] end
  end
end

local function next_pair (t, key)
  local least
  for k in raw_next, table_of (t, "next") do
    if (key == nil or before (key, k)) and (least == nil or before (k, least)) then
      least = k
    end
  end
  if least ~= nil then return least, t[least] end
end

local function pairs (t)
  local keys, n, i = {}, 0, 0
  for k in raw_next, table_of (t, "pairs") do
    n = n + 1
    keys[n] = k
  end
  keys = sorted (keys, n, before)
  return function ()
    while i < n do
      i = i + 1
      local value = t[keys[i]]
      if value ~= nil then return keys[i], value end
    end
  end
end

local function ipairs (t)
  local i = 0
  table_of (t, "ipairs")
  return function ()
    i = i + 1
    local value = t[i]
    if value ~= nil then return i, value end
  end
end

local function place (at, low, high, who)
  if type (at) ~= "number" or at < low or at > high then
    fail (who .. ": the place is outside the list")
  end
  return at
end

local function insert (t, ...)
  local n = #table_of (t, "insert")
  if select ("#", ...) == 1 then
    t[n + 1] = ...
    return
  end
  local at, value = ...
  for i = n, place (at, 1, n + 1, "insert"), -1 do t[i + 1] = t[i] end
  t[at] = value
end

local function remove (t, at)
  local n = #table_of (t, "remove")
  if n == 0 then return nil end
  at = place (at == nil and n or at, 1, n, "remove")
  local value = t[at]
  for i = at, n - 1 do t[i] = t[i + 1] end
  t[n] = nil
  return value
end

return {
  next = next_pair, pairs = pairs, ipairs = ipairs,
  table = { insert = insert, remove = remove, sort = sort },
}
