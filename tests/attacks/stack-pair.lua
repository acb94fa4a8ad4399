-- memory or error: two functions are no way around it.
local down

local function up (n)
  return (down (n + 1)) + 1
end

function down (n)
  return (up (n + 1)) + 1
end

local function attack (p, host)
  return up (0)
end
