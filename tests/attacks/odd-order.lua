-- error: keys without an order are not walked.
local function attack (p, host)
  for _ in pairs { [p] = 1, [host] = 2 } do end
end
