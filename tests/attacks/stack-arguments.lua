-- memory or error: each call has one argument more than the last.
local function more (...)
  return (more (1, ...))
end

local function attack (p, host)
  return more (1)
end
