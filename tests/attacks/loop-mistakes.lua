-- error or spent: a file may have many mistakes, and not without end.
local function attack (p, host)
  local world = _ENV
  for i = 1, 1e9 do
    local _ = world["no word " .. i % 9]
  end
end
