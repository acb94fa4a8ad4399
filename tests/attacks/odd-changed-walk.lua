-- nothing: a table that changes while it is walked is walked as it was.
local function attack (p, host)
  local t = { }
  for i = 1, 100 do t["k" .. i] = i end
  for k in pairs (t) do
    t[k] = nil
    t[k .. "x"] = 1
  end
end
