-- error: or one that pretends to come from elsewhere.
local function attack (p, host)
  error "?:99999999999999999999: rules/other.lua:1: is wrong"
end
