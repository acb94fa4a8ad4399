-- Writes a table down as a row of values, in Lua so that the budget counts every
-- step.  Keys come in their order, so equal tables are equal bytes.

local put, fail, pairs, type = ...

local DEPTH_MAX = 16

local plain = { string = true, number = true, boolean = true }

local function write (value, depth)
  if plain[type (value)] then return put (value) end
  if type (value) ~= "table" then
    fail ("a state holds numbers, texts, booleans and tables, not a " .. type (value))
  end
  if depth > DEPTH_MAX then
    fail ("a state is at most " .. DEPTH_MAX .. " tables deep")
  end
  put (nil, "open")
  for k, v in pairs (value) do
    put (k)
    write (v, depth + 1)
  end
  put (nil, "close")
end

return write
