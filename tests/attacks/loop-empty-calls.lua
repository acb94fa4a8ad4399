-- spent: a call of the library is worth its instructions.
local function attack (p, host)
  while true do
    select ("#", p, host)
    tostring (1)
  end
end
