-- nothing: places before, behind and far outside of a text.
local text = "abc"

local function attack (p, host)
  for _, at in ipairs { 0, -1, 5, -5, math.maxinteger, math.mininteger } do
    text:find ("b", at, true)
    text:sub (at, -at)
    text:byte (at)
  end
end
