-- error: from far down.
local function attack (p, host)
  local function down (n)
    if n == 0 then error "here" end
    return (down (n - 1))
  end
  down (150)
end
